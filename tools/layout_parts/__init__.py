"""Parts of tools/layout: readers of the built files, the checks, the table and the drawing."""
