"""What handles each item: one model per worker. Part of `fanfold.dsl`, which exports them."""
