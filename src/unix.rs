//! What only Unix systems have: sockets within one machine as types of their own, a selector that can be lent.

mod convert;
mod get_fd;
