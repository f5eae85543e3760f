"""The role of a state machine, derived from its definition. Part of the compiler, which exports `derive_policy`."""
