//! What an event means, shape by shape.
