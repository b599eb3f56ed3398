//! Admission on the real API server: `gene-webhook` as a process on this machine, behind the configurations and beside the
//! policies of `manifests/base`, each made for one namespace so that nothing else is judged by them.

mod cases;
mod causes;
mod certificates;
mod installed;
mod lint;
mod probe;
mod request;
mod rights;
mod rules;
mod scene;
mod submit;
mod updates;
mod webhook;
