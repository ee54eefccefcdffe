//! The `logging` section (`k8s.io/component-base/logs/api/v1`).

use crate::Duration;
use crate::schema::section;

section! {
    /// How log lines are written.
    LoggingConfiguration as LOGGING {
        "format" format: String, "string", r#""text""#, Acts, Restart, "Format of log lines: `text` or `json`.";
        "flushFrequency" flush_frequency: Duration, "v1.TimeOrMetaDuration", r#""5s""#, Accepted, Restart, "Longest time a buffered line waits; lines are written at once here.";
        "verbosity" verbosity: u32, "v1.VerbosityLevel", "0", Acts, Live, "Highest level of detail that is logged; 0 logs what an operator needs.";
        "vmodule" vmodule: Vec<VerbosityRule>, "v1.VModuleConfiguration", "", Acts, Live, "Own verbosity for source files by name pattern (text format only).";
        "options" options: FormatOptions, "v1.FormatOptions", "", Acts, Restart, "Options of each format.";
    }
}

section! {
    /// One rule of `vmodule`.
    VerbosityRule as VERBOSITY_RULE {
        "filePattern" file_pattern: String, "string", "", Acts, Live, "Base name of a source file without its suffix, or a glob; with a slash, the whole path.";
        "verbosity" verbosity: u32, "v1.VerbosityLevel", "", Acts, Live, "Verbosity of the files that match.";
    }
}

section! {
    /// Options by format.
    #[derive(Default)]
    FormatOptions as FORMAT_OPTIONS {
        "text" text: OutputOptions, "v1.TextOptions", "", Acts, Restart, "Options of the text format.";
        "json" json: OutputOptions, "v1.JSONOptions", "", Acts, Restart, "Options of the JSON format.";
    }
}

section! {
    /// Where the lines of one format go.
    #[derive(Default)]
    OutputOptions as OUTPUT_OPTIONS {
        "splitStream" split_stream: bool, "bool", "", Acts, Restart, "Errors to stderr and information to stdout, instead of one stream (gate LoggingAlphaOptions).";
        "infoBufferSize" info_buffer_size: String, "resource.QuantityValue", r#""0""#, Accepted, Restart, "Size of the buffer for information lines with split streams; 0 does not buffer (gate LoggingAlphaOptions).";
    }
}

impl Default for LoggingConfiguration {
    fn default() -> Self {
        Self {
            format: "text".to_owned(),
            flush_frequency: Duration::from_seconds(5),
            verbosity: 0,
            vmodule: Vec::new(),
            options: FormatOptions::default(),
        }
    }
}
