//! Values in HTML: escaped for their place, or refused.

use super::*;

#[test]
fn text_and_attributes_are_escaped() {
    let name = "Zo\u{eb} &lt;b&gt;&#34;x&#34;&lt;/b&gt; &amp; co";
    for (template, printed) in [
        ("<p>{{ .Data.name }}</p>", format!("<p>{name}</p>")),
        (
            "<p title=\"{{ .Data.name }}\">",
            format!("<p title=\"{name}\">"),
        ),
        (
            "<p title='{{ .Email }}'>",
            "<p title='o&#39;brien&#43;x@example.com'>".into(),
        ),
        ("<p title={{ .Data.map.a.deep }}>", "<p title=x>".into()),
        ("<p title={{ .Missing }}>", "<p title=ZgotmplZ>".into()),
        (
            "<p title={{ .Data.url }} id=y>",
            "<p title=https://x.test/a&#32;b?c&#61;d&amp;e&#61;&#34;f&#34;#g id=y>".into(),
        ),
        (
            "<title>{{ .Data.name }}</title>",
            format!("<title>{name}</title>"),
        ),
        (
            "<textarea>{{ .Data.name }}</textarea>",
            format!("<textarea>{name}</textarea>"),
        ),
        (
            "{{ \"<a>\" | html }} {{ html \"<\" \"a>\" }}",
            "&lt;a&gt; &lt;a&gt;".into(),
        ),
    ] {
        assert_eq!(html(template), printed, "{template}");
    }
}

#[test]
fn links_lead_somewhere_and_run_nothing() {
    for (template, printed) in [
        (
            "<a href=\"{{ .Data.url }}\">",
            "<a href=\"https://x.test/a%20b?c=d&amp;e=%22f%22#g\">",
        ),
        ("<a href=\"{{ .Data.evil }}\">", "<a href=\"#ZgotmplZ\">"),
        ("<a href='  {{ .Data.evil }}'>", "<a href='  #ZgotmplZ'>"),
        ("<A HREF={{ .Data.evil }}>", "<A HREF=#ZgotmplZ>"),
        (
            "<img src=\"{{ .Missing }}{{ .Data.evil }}\">",
            "<img src=\"#ZgotmplZ\">",
        ),
        (
            "<p data-url=\"{{ .Data.evil }}\">",
            "<p data-url=\"#ZgotmplZ\">",
        ),
        (
            "<a xlink:href=\"{{ .Data.evil }}\">",
            "<a xlink:href=\"#ZgotmplZ\">",
        ),
        (
            "<a href=\"{{ \"JaVaScRiPt:x\" }}\">",
            "<a href=\"#ZgotmplZ\">",
        ),
        (
            "<a href=\"{{ \"data:text/html,x\" }}\">",
            "<a href=\"#ZgotmplZ\">",
        ),
        (
            "<a href=\"{{ \"mailto:a@b\" }}\">",
            "<a href=\"mailto:a@b\">",
        ),
        (
            "<a href=\"/x/{{ .Data.evil }}\">",
            "<a href=\"/x/javascript:alert%281%29\">",
        ),
        (
            "<a href=\"{{ .SiteURL }}/c?h={{ .Token }}&e={{ .Email }}\">",
            "<a href=\"http://app.example.test/c?h=123456&e=o%27brien%2bx%40example.com\">",
        ),
        (
            "<a href=\"/c?e={{ .Email | urlquery }}\">",
            "<a href=\"/c?e=o%27brien%2Bx%40example.com\">",
        ),
        (
            "<a href=\"{{ if .Data.yes }}a{{ else }}b{{ end }}{{ .Token }}\">",
            "<a href=\"a123456\">",
        ),
    ] {
        assert_eq!(html(template), printed, "{template}");
    }
}

#[test]
fn styles_take_plain_values_only() {
    for (value, printed) in [
        (".Data.color", "#0a0b0c"),
        (".Data.whole", "3"),
        (".Data.name", "ZgotmplZ"),
        ("\"url(x)\"", "ZgotmplZ"),
        ("\"red; x: y\"", "ZgotmplZ"),
        ("\"a--b\"", "ZgotmplZ"),
        ("\"eXpression\"", "ZgotmplZ"),
        ("\"1px solid\"", "1px solid"),
    ] {
        let attribute = html(&format!("<p style=\"a: {{{{ {value} }}}}\">"));
        assert_eq!(attribute, format!("<p style=\"a: {printed}\">"));
        let element = html(&format!("<style>p {{ a: {{{{ {value} }}}} }}</style>"));
        assert_eq!(element, format!("<style>p {{ a: {printed} }}</style>"));
    }
}

#[test]
fn literal_html_stays_but_for_comments_and_stray_brackets() {
    for (template, printed) in [
        (
            "<!DOCTYPE html><br/><br /><a b>",
            "<!DOCTYPE html><br/><br /><a b>",
        ),
        ("a < b <3 </ p> <", "a &lt; b &lt;3 &lt;/ p> &lt;"),
        ("a<!-- {{ .Data.name }} <p> -->b", "ab"),
        (
            "<script>if (a < b) { \"</scripty>\" }</script><p>{{ 1 }}",
            "<script>if (a < b) { \"</scripty>\" }</script><p>1",
        ),
        (
            "<STYLE>a{}</STYLE >{{ .Data.evil }}",
            "<STYLE>a{}</STYLE >javascript:alert(1)",
        ),
        (
            "<td{{ if .Token }} align=\"left\"{{ end }}>",
            "<td align=\"left\">",
        ),
        ("<input {{ if .Token }}checked{{ end }}>", "<input checked>"),
        (
            "<input {{ if .Token }}checked{{ end }} id=\"{{ .Token }}\">",
            "<input checked id=\"123456\">",
        ),
        ("<p title=\"a{{/* note */}}b\">", "<p title=\"ab\">"),
        (
            "<ul>{{ range .Data.list }}<li>{{ . }}</li>{{ end }}</ul>",
            "<ul><li>a</li><li>&lt;b&gt;</li><li>7</li><li></li></ul>",
        ),
    ] {
        assert_eq!(html(template), printed, "{template}");
    }
}

#[test]
fn values_in_other_places_are_refused() {
    for (template, reason) in [
        (
            "<script>{{ .Token }}</script>",
            "column 12: a value in a script is not supported in mails",
        ),
        (
            "<p onclick=\"{{ .Token }}\">",
            "column 16: a value in this attribute is not supported in mails",
        ),
        (
            "<img srcset=\"{{ .Token }}\">",
            "column 17: a value in this attribute is not supported in mails",
        ),
        (
            "<meta content=\"{{ .Token }}\">",
            "column 19: a value in this attribute is not supported in mails",
        ),
        (
            "<p {{ .Token }}>",
            "column 7: a value in place of an attribute's name is not supported in mails",
        ),
        (
            "<p title {{ .Token }}>",
            "column 13: a value in place of an attribute's name is not supported in mails",
        ),
        (
            "<a href=\"{{ if .Token }}a?{{ else }}b{{ end }}{{ .Email }}\">",
            "column 50: it depends on a condition which part of the URL this is",
        ),
        (
            "{{ if .Token }}<p title=\"{{ end }}\">",
            "column 7: the parts of this block end in different HTML contexts",
        ),
        (
            "{{ range .Data.list }}<p{{ end }}>",
            "column 10: the body of a range must end in the HTML context it begins in",
        ),
        (
            "<p><a href=\"x",
            "column 1: the template ends inside of a tag, an attribute or a comment",
        ),
        (
            "<p ti{{ if .Token }}tle{{ end }}=x>",
            "column 21: the name of an attribute is interrupted by an action",
        ),
        (
            "<p x<y>",
            "column 4: the name of an attribute contains a quote or a `<`",
        ),
        (
            "<p =x>",
            "column 4: a tag contains a `=` without a name before it",
        ),
        (
            "<p x=a'b>",
            "column 9: an attribute without quotes contains a quote, `<`, `=` or a backquote",
        ),
    ] {
        assert_eq!(refused(template), format!("line 1, {reason}"), "{template}");
    }
}
