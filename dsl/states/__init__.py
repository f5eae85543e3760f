"""The states of Amazon States Language, one model per type, in ASL's own terms. Part of `fanfold.dsl`."""
