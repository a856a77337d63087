//! What the answers of a portal tell about custom fields.
