"""The HTTP service without pages: routes, guard, threads, queue; and MCP."""
