//! Replays the recorded transcripts of the real server against ours, answer by answer.

mod answer;
mod bindings;
mod derived;
mod exceptions;
mod forgery;
mod headers;
mod http_client;
mod instances;
mod json;
mod matcher;
mod parallel;
mod placeholder;
mod proof;
mod recording;
mod replay;
mod report;
mod request;
mod scope;
mod self_replay;
mod state_change;
mod subject;
mod token;
