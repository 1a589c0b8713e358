//! The template language: what Go's own implementation prints for the same input.

use super::*;

#[test]
fn fields_and_literals_print_as_in_go() {
    for (template, printed) in [
        ("{{ .Token }}{{.Email}}", "123456o'brien+x@example.com"),
        (
            "[{{ .Missing }}{{ .Data.missing.deeper }}{{ .Data.nothing }}]",
            "[]",
        ),
        (
            "{{ .Data.whole }} {{ .Data.huge }} {{ .Data.yes }}",
            "3 1e+21 true",
        ),
        (
            "{{ .Data.list }} {{ .Data.map }}",
            "[a <b> 7 <nil>] map[a:map[deep:x] b:2]",
        ),
        (
            "{{ \"a\\tb\\\"\\u00e9\\x41\" }}{{ `raw\\n` }}",
            "a\tb\"\u{e9}Araw\\n",
        ),
        (
            "{{ 'a' }} {{ '\\n' }} {{ 0x1F }} {{ 1_000 }} {{ -3 }} {{ +0b11 }}",
            "97 10 31 1000 -3 3",
        ),
        (
            "{{ 1e3 }} {{ .5 }} {{ -1.5e-7 }} {{ 1.0 }}",
            "1000 0.5 -1.5e-07 1",
        ),
        ("{{ true }} {{ false }}", "true false"),
        (
            "{{ $.Token }} {{ (.Data.map).a.deep }} {{ (index .Data.list 0) }}",
            "123456 x a",
        ),
    ] {
        assert_eq!(plain(template), printed, "{template}");
    }
}

#[test]
fn blanks_are_trimmed_where_the_marker_says() {
    for (template, printed) in [
        ("a {{- 1 -}} b", "a1b"),
        ("a\r\n\t{{- 1}} b", "a1 b"),
        ("a {{1 -}}\n\n b", "a 1b"),
        ("a {{-3}} b", "a -3 b"),
        ("a {{/* note }} */}} b", "a  b"),
        ("a {{- /* note */ -}} b", "ab"),
        ("{{- 1 -}}  {{- 2 -}}", "12"),
        ("{{ .Token\n}}", "123456"),
    ] {
        assert_eq!(plain(template), printed, "{template}");
    }
}

#[test]
fn blocks_choose() {
    for (template, printed) in [
        ("{{ if .Data.yes }}a{{ else }}b{{ end }}", "a"),
        ("{{ if .Data.empty }}a{{ else }}b{{ end }}", "b"),
        ("{{ if .Missing }}a{{ end }}", ""),
        (
            "{{ if .Missing }}a{{ else if .Token }}b{{ else }}c{{ end }}",
            "b",
        ),
        (
            "{{ if .Missing }}a{{ else if .Missing }}b{{ else }}c{{ end }}",
            "c",
        ),
        (
            "{{ with .Data.map }}{{ .b }}{{ $.Token }}{{ end }}",
            "2123456",
        ),
        (
            "{{ with .Missing }}a{{ else with .Data.map }}{{ .b }}{{ end }}",
            "2",
        ),
        (
            "{{ with $m := .Data.map }}{{ $m.a.deep }}{{ else }}n{{ end }}",
            "x",
        ),
        ("{{ range .Data.list }}<{{ . }}>{{ end }}", "<a><<b>><7><>"),
        (
            "{{ range $i, $e := .Data.list }}{{ $i }}{{ $e }};{{ end }}",
            "0a;1<b>;27;3;",
        ),
        (
            "{{ range $k, $v := .Data.map }}{{ $k }}={{ $v }} {{ end }}",
            "a=map[deep:x] b=2 ",
        ),
        ("{{ range $e := .Data.list }}{{ $e }}{{ end }}", "a<b>7"),
        ("{{ range .Data.empty }}a{{ else }}none{{ end }}", "none"),
        ("{{ range .Missing }}a{{ else }}none{{ end }}", "none"),
    ] {
        assert_eq!(plain(template), printed, "{template}");
    }
}

#[test]
fn variables_live_as_long_as_their_block() {
    for (template, printed) in [
        (
            "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}",
            "2",
        ),
        (
            "{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}",
            "21",
        ),
        (
            "{{ $x := 0 }}{{ range $e := .Data.list }}{{ $x = $e }}{{ end }}[{{ $x }}]",
            "[]",
        ),
        (
            "{{ range .Data.list }}{{ $y := . }}{{ $y }}{{ end }}",
            "a<b>7",
        ),
        ("{{ if $x := .Token }}{{ $x }}{{ end }}", "123456"),
        ("{{ if $x := .Missing }}{{ else }}[{{ $x }}]{{ end }}", "[]"),
    ] {
        assert_eq!(plain(template), printed, "{template}");
    }
    assert!(refused("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}").contains("undefined variable"));
}

#[test]
fn functions_compute_as_in_go() {
    for (template, printed) in [
        (
            "{{ eq .Token \"123456\" }} {{ eq 1 2 3 1 }} {{ ne 1 2 }}",
            "true true true",
        ),
        (
            "{{ eq .Data.whole 3 }} {{ eq .Token 3 }} {{ eq .Missing \"\" }}",
            "true false false",
        ),
        (
            "{{ lt 1 2 }}{{ le 2 2 }}{{ gt \"a\" \"b\" }}{{ ge 1.5 1 }}",
            "truetruefalsetrue",
        ),
        (
            "{{ and 1 0 .Missing.x }} {{ and 1 2 }} {{ or 0 \"x\" }} {{ or 0 false }}",
            "0 2 x false",
        ),
        ("{{ not .Token }} {{ not \"\" }}", "false true"),
        (
            "{{ len .Token }} {{ len \"\u{65e5}\" }} {{ len .Data.list }} {{ len .Data.map }}",
            "6 3 4 2",
        ),
        (
            "{{ index .Data.map \"a\" \"deep\" }} {{ index .Data.list 2 }}",
            "x 7",
        ),
        ("[{{ index .Data.map \"none\" }}]", "[]"),
        ("{{ print 1 2 \"a\" 3 4 }}", "1 2a3 4"),
        ("{{ println \"a\" 1 }}", "a 1\n"),
        ("{{ .Token | printf \"%s/%s\" \"a\" }}", "a/123456"),
        ("{{ .Email | urlquery }}", "o%27brien%2Bx%40example.com"),
        ("{{ html \"<a & 'b'+>\" }}", "&lt;a &amp; &#39;b&#39;+&gt;"),
        (
            "{{ js \"it's <b> \\n = &\" }}",
            "it\\'s \\u003Cb\\u003E \\u000A \\u003D \\u0026",
        ),
    ] {
        assert_eq!(plain(template), printed, "{template}");
    }
}

#[test]
fn printf_knows_the_usual_verbs() {
    for (arguments, printed) in [
        (
            "\"%5d|%-5s|%05.1f|%q\" 3 \"ab\" 2.25 \"q\\\"\\\\\"",
            "    3|ab   |002.2|\"q\\\"\\\\\"",
        ),
        (
            "\"%x %X %t %% %v %c\" \"hi\" 255 true .Data.list 65",
            "6869 FF true % [a <b> 7 <nil>] A",
        ),
        (
            "\"%e %g %.3g %6.2f %+d %o %b\" 12345.678 0.00001 1234567.0 3.14159 5 8 5",
            "1.234568e+04 1e-05 1.23e+06   3.14 +5 10 101",
        ),
        ("\"%d %s\" \"x\"", "%!d(string=x) %!s(MISSING)"),
        ("\"%s\" \"a\" \"b\" 1", "a%!(EXTRA string=b, int=1)"),
        (
            "\"%.2s|%\" \"\u{e9}\u{e9}\u{e9}\"",
            "\u{e9}\u{e9}|%!(NOVERB)",
        ),
        ("\"%05d % d\" -42 7", "-0042  7"),
    ] {
        assert_eq!(
            plain(&format!("{{{{ printf {arguments} }}}}")),
            printed,
            "{arguments}"
        );
    }
}

#[test]
fn what_is_no_template_is_refused_with_its_place() {
    for (template, reason) in [
        ("a\n{{ .Email", "line 2, column 1: the action is not closed"),
        ("{{/* x", "line 1, column 1: the comment is not closed"),
        (
            "{{/* x */ y}}",
            "line 1, column 1: a comment must end at the closing delimiter",
        ),
        ("{{ \"x }}", "line 1, column 4: the string is not closed"),
        ("{{ `x }}", "line 1, column 4: the string is not closed"),
        (
            "{{ \"\\y\" }}",
            "line 1, column 4: unknown escape in a string",
        ),
        ("{{ '' }}", "line 1, column 4: malformed character constant"),
        ("{{ 1x }}", "line 1, column 4: malformed number"),
        ("{{ ! }}", "line 1, column 4: unexpected character"),
        ("{{}}", "line 1, column 1: a value is missing"),
        ("{{ .a | }}", "line 1, column 1: a value is missing"),
        (
            "{{ (.a }}",
            "line 1, column 4: the parenthesis is not closed",
        ),
        ("{{ .a ) }}", "line 1, column 7: unexpected token"),
        (
            "{{ ($x := 1) }}",
            "line 1, column 4: a declaration in parentheses",
        ),
        (
            "{{ \"a\" \"b\" }}",
            "line 1, column 4: arguments are given to something that is no function",
        ),
        (
            "{{ 1 | .a }}",
            "line 1, column 8: arguments are given to something that is no function",
        ),
        (
            "{{ nope .a }}",
            "line 1, column 4: function \"nope\" is not defined",
        ),
        (
            "{{ not }}",
            "line 1, column 4: wrong number of arguments for not",
        ),
        ("{{ $q }}", "line 1, column 4: undefined variable \"$q\""),
        ("{{ if }}x{{ end }}", "line 1, column 1: a value is missing"),
        ("{{ if .a }}x", "line 1, column 1: the block has no {{end}}"),
        (
            "{{ if .a }}x{{ else }}",
            "line 1, column 13: the block has no {{end}}",
        ),
        (
            "{{ if .a }}{{ else }}{{ else }}{{ end }}",
            "line 1, column 22: a second {{else}}",
        ),
        ("{{ end }}", "line 1, column 1: unexpected {{end}}"),
        ("{{ else }}", "line 1, column 1: unexpected {{else}}"),
        (
            "{{ define \"x\" }}{{ end }}",
            "line 1, column 1: {{define}} is not supported in mails",
        ),
    ] {
        assert_eq!(refused(template), reason, "{template}");
    }
}

#[test]
fn what_cannot_be_computed_is_named_with_its_place() {
    for (template, reason) in [
        (
            "x {{ index .Data.list 9 }}",
            "line 1, column 6: index out of range",
        ),
        (
            "{{ index .Token 0 }}",
            "line 1, column 4: index of something that has no elements under such a key",
        ),
        (
            "{{ lt .Token 3 }}",
            "line 1, column 4: values of different kinds have no order",
        ),
        (
            "{{ len 3 }}",
            "line 1, column 4: len of something that has no length",
        ),
        (
            "{{ range .Token }}{{ end }}",
            "line 1, column 10: range over something that is neither a list nor a map",
        ),
        (
            "{{ printf 1 }}",
            "line 1, column 4: the first argument of printf is no string",
        ),
    ] {
        let error = Template::parse_plain(template)
            .unwrap()
            .render(&root())
            .unwrap_err();
        assert_eq!(error.to_string(), reason, "{template}");
    }
}
