//! Acting on GitHub: what may be done is read afresh, an order is sent once, and what became of it is found out, never
//! tried again.

mod asked;
mod background;
mod gate;
mod hand;
mod locks;
mod picks;
mod plan;
mod readback;
mod runs;
mod teams;
mod told;

pub use self::{
    background::Acting,
    hand::{Hand, HandOptions},
};
