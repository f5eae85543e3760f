"""What a definition's texts mean: JSONPath, payload templates, intrinsic functions, JSONata, Choice rules.

Every text is compiled once to a closure; running one never parses. For the rest of `engine` only.
"""
