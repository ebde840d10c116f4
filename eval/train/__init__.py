"""How the models that we ship are made: data by recipe, training, export, and the card that says on what."""
