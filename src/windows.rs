//! What only Windows has: overlapped calls of the user's own.
