//! Empty: the tests take the files that they check out of the library's `src`.
