//! Invented documents.
