//! The rows of the encoders (reference.md 1).
