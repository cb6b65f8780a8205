// The shim is loaded with LD_PRELOAD; nothing calls it by name.
