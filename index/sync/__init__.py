"""From a folder to the stores: what changed is read, cut, embedded and written."""
