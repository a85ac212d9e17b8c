//! Counter-examples that the properties met.
