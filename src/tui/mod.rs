//! The dashboard: `translate` (keys to messages), `update` (all decisions), `perform` (all I/O), `view` (drawing).

pub mod action;
pub mod app;
pub mod backend;
pub mod columns;
pub mod effect;
pub mod geometry;
pub mod input;
pub mod keymap;
pub mod line;
pub mod model;
pub mod msg;
pub mod overlay;
pub mod panel;
mod pen;
pub mod perform;
pub mod screen;
pub mod state_file;
pub mod terminal;
pub mod theme;
pub mod translate;
pub mod update;
pub mod view;
