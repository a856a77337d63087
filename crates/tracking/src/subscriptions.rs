//! Subscribing, muting, unsubscribing, for people and for programs.
