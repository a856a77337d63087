//! What a portal gets to do, and what the report says.
