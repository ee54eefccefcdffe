//! The macro that writes a configuration struct and its table rows from one list.

/// `section! { /// doc \n Name as ROWS { "key" field: Type, "go type", "default", effect, reload, "help"; … } }`
macro_rules! section {
    ($(#[$meta:meta])* $name:ident as $rows:ident {
        $($key:literal $field:ident: $type:ty, $go:literal, $default:literal, $effect:ident, $uptake:ident, $help:literal;)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $(
                #[doc = $help]
                #[serde(rename = $key, default)]
                pub $field: $type,
            )*
        }

        #[doc = concat!("The rows of [`", stringify!($name), "`].")]
        pub(crate) const $rows: &[$crate::schema::Field] = &[
            $($crate::schema::Field {
                key: $key,
                member: stringify!($field),
                go_type: $go,
                default: $default,
                effect: $crate::schema::Effect::$effect,
                uptake: $crate::schema::Uptake::$uptake,
                help: $help,
            },)*
        ];
    };
}

pub(crate) use section;
