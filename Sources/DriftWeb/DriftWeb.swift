// Contents follow in this module's own files.
