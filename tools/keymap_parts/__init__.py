"""Parts of tools/make-keymap."""
