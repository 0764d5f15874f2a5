//! A static linter for Helm charts. ARCHITECTURE.md has the map; modules stand here in layer order, lowest first.

pub mod source;

pub mod bytes;

pub mod diagnostic;

pub mod yaml;

pub mod template;

pub mod chart;

pub mod values;

pub mod engine;

pub mod manifest;

pub mod schema;

pub mod config;

pub mod release;

pub mod view;

pub mod explore;

pub mod rules;

pub mod lint;

pub mod render;

pub mod report;

pub mod cli;
