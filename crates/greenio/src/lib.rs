//! Sockets, files and processes for green threads, in the shapes of `std`.
