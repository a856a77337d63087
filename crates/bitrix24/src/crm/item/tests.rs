//! Items of either generation of methods.
