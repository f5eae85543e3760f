"""Where a workflow's items come from: one model per source. Part of `fanfold.dsl`, which exports them."""
