//! The real program in terminals that talk back, that do not read, and that are taken away and given back.

mod answers;
mod deaf;
mod starts;
mod stops;
mod typing;
