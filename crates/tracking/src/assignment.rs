//! Who is made responsible for an item: a pure function over facts.
