//! Mails: recorded ones, built-in ones, and what becomes of faults and floods.

use super::*;
use crate::settings::MailKind;
use proptest::prelude::*;

mod escaping;
mod language;

/// The template of the recordings.
const TEMPLATE_A: &str = "<p>link=<a href=\"{{ .ConfirmationURL }}\">go</a></p>\
    <p>code {{ .Token }}</p><p>hash={{ .TokenHash }}</p>\
    <p>site={{ .SiteURL }} email={{ .Email }} new={{ .NewEmail }} to={{ .SendingTo }} \
    redirect={{ .RedirectTo }}</p>";

const KINDS: [MailKind; 6] = [
    MailKind::Invite,
    MailKind::Confirmation,
    MailKind::Recovery,
    MailKind::MagicLink,
    MailKind::EmailChange,
    MailKind::Reauthentication,
];

/// The variables that the templates of these tests see.
fn root() -> Value {
    json!({
        "SiteURL": "http://app.example.test",
        "Token": "123456",
        "Email": "o'brien+x@example.com",
        "Data": {
            "name": "Zo\u{eb} <b>\"x\"</b> & co",
            "evil": "javascript:alert(1)",
            "whole": 3.0,
            "huge": 1e21,
            "yes": true,
            "nothing": null,
            "list": ["a", "<b>", 7, null],
            "map": {"b": 2, "a": {"deep": "x"}},
            "empty": [],
            "color": "#0a0b0c",
            "url": "https://x.test/a b?c=d&e=\"f\"#g",
        },
    })
}

fn html(template: &str) -> String {
    Template::parse(template).unwrap().render(&root()).unwrap()
}

fn plain(template: &str) -> String {
    Template::parse_plain(template)
        .unwrap()
        .render(&root())
        .unwrap()
}

fn refused(template: &str) -> String {
    Template::parse(template).unwrap_err().to_string()
}

fn context() -> MailContext {
    MailContext {
        site_url: "http://app.example.test".into(),
        confirmation_url: confirmation_url(
            "http://auth.example.test",
            "/verify",
            "0a1b2c",
            "signup",
            "http://app.example.test/welcome?x=1",
        ),
        token: "654321".into(),
        token_hash: "0a1b2c".into(),
        email: "ada@example.com".into(),
        redirect_to: "http://app.example.test/welcome?x=1".into(),
        ..MailContext::default()
    }
}

fn configured(html: &str, subject: &str) -> Templates {
    let template = MailTemplate {
        subject: subject.into(),
        html: html.into(),
        ..MailTemplate::default()
    };
    Templates::new(&MailTemplates {
        confirmation: template,
        ..MailTemplates::default()
    })
    .unwrap()
}

#[test]
fn the_recorded_template_gives_the_recorded_mail() {
    let mail = configured(TEMPLATE_A, "").render(MailKind::Confirmation, &context());
    assert_eq!(mail.fault, None);
    assert_eq!(mail.subject, "Confirm your email address");
    assert_eq!(
        mail.html,
        "<p>link=<a href=\"http://auth.example.test/verify?token=0a1b2c&amp;type=signup\
         &amp;redirect_to=http%3A%2F%2Fapp.example.test%2Fwelcome%3Fx%3D1\">go</a></p>\
         <p>code 654321</p><p>hash=0a1b2c</p>\
         <p>site=http://app.example.test email=ada@example.com new= to= \
         redirect=http://app.example.test/welcome?x=1</p>"
    );
    assert_eq!(
        mail.text,
        "link=go <http://auth.example.test/verify?token=0a1b2c&type=signup\
         &redirect_to=http%3A%2F%2Fapp.example.test%2Fwelcome%3Fx%3D1>\n\n\
         code 654321\n\nhash=0a1b2c\n\n\
         site=http://app.example.test email=ada@example.com new= to= \
         redirect=http://app.example.test/welcome?x=1\n"
    );
}

#[test]
fn built_in_mails_have_the_recorded_subjects_and_links() {
    let templates = Templates::new(&MailTemplates::default()).unwrap();
    let subjects = [
        "You've been invited",
        "Confirm your email address",
        "Reset your password",
        "Your sign-in link",
        "Confirm your new email address",
        "654321 is your verification code",
    ];
    let link = "<a href=\"http://auth.example.test/verify?token=0a1b2c&amp;type=signup\
                &amp;redirect_to=http%3A%2F%2Fapp.example.test%2Fwelcome%3Fx%3D1\">";
    for (kind, subject) in KINDS.into_iter().zip(subjects) {
        let mail = templates.render(kind, &context());
        assert_eq!((mail.subject.as_str(), mail.fault), (subject, None));
        let links = usize::from(kind != MailKind::Reauthentication);
        assert_eq!(mail.html.matches("<a ").count(), links, "{kind:?}");
        assert_eq!(mail.html.matches(link).count(), links, "{kind:?}");
        assert_eq!(
            mail.text
                .matches("http://auth.example.test/verify?")
                .count(),
            links
        );
        assert!(
            kind == MailKind::Invite || mail.text.contains("654321"),
            "{kind:?}"
        );
        // Of markup only the brackets around the link's target are left.
        assert_eq!(mail.text.matches('<').count(), links, "{}", mail.text);
        assert!(!mail.text.contains('{'), "{}", mail.text);
    }
}

#[test]
fn a_configured_text_is_a_template_of_its_own() {
    let templates = Templates::new(&MailTemplates {
        invite: MailTemplate {
            text: "{{ .Email }} & {{ .Token }}".into(),
            ..MailTemplate::default()
        },
        ..MailTemplates::default()
    });
    let mail = templates.unwrap().render(MailKind::Invite, &context());
    assert_eq!(mail.text, "ada@example.com & 654321");
}

#[test]
fn faults_are_found_at_the_start_and_named_by_kind_and_place() {
    let (kind, error) = Templates::new(&MailTemplates {
        recovery: MailTemplate {
            html: "<p>\n  {{ .Email </p>".into(),
            ..MailTemplate::default()
        },
        ..MailTemplates::default()
    })
    .unwrap_err();
    assert_eq!(kind, MailKind::Recovery);
    assert_eq!((error.line, error.column), (2, 13));
}

#[test]
fn a_template_that_fails_is_replaced_by_the_built_in_one() {
    let templates = configured("{{ index .Data.roles 3 }}", "mine");
    let mut context = context();
    let mail = templates.render(MailKind::Confirmation, &context);
    assert_eq!(mail.subject, "Confirm your email address");
    assert!(mail.html.contains("654321"));
    let fault = mail.fault.unwrap();
    assert_eq!((fault.line, fault.column), (1, 4));
    context
        .data
        .insert("roles".into(), json!([1, 2, 3, "four"]));
    let mail = templates.render(MailKind::Confirmation, &context);
    assert_eq!(
        (mail.subject.as_str(), mail.html.as_str()),
        ("mine", "four")
    );
    assert_eq!(mail.fault, None);
}

#[test]
fn subjects_are_plain_text_on_one_line() {
    let templates = configured("x", "Hi {{ .Data.name }} & co\r\nBcc: {{ .Email }}");
    let mut context = context();
    context.data.insert(
        "name".into(),
        json!("O'Neil\r\n\0\u{85}\u{2028}X-Evil: <1>"),
    );
    let mail = templates.render(MailKind::Confirmation, &context);
    assert_eq!(
        mail.subject,
        "Hi O'Neil X-Evil: <1> & co Bcc: ada@example.com"
    );
    context
        .data
        .insert("name".into(), json!("\u{e9}".repeat(5_000)));
    let mail = templates.render(MailKind::Confirmation, &context);
    assert!(mail.subject.len() <= MAIL_SUBJECT_BYTES_MAX && mail.subject.ends_with('\u{e9}'));
}

#[test]
fn rendering_is_bounded() {
    let list = json!({"Data": {"list": vec!["x"; 1_000], "text": "y".repeat(500_000)}});
    let render = |template: &str| Template::parse(template).unwrap().render(&list);
    let fault = |template: &str| render(template).unwrap_err().message;
    let nested = "{{range .Data.list}}{{range $.Data.list}}x{{end}}{{end}}";
    assert_eq!(fault(nested), "rendering takes too many steps");
    let flood = "{{range .Data.list}}{{$.Data.text}}{{end}}";
    assert_eq!(fault(flood), "the output is too long");
    let doubling = "{{$x := .Data.text}}{{range .Data.list}}{{$x = print $x $x}}{{end}}";
    assert_eq!(fault(doubling), "a value is too long");
    let silent = "{{range .Data.list}}{{if len (print $.Data.text)}}{{end}}{{end}}";
    assert_eq!(fault(silent), "rendering takes too many steps");
    let widths = format!("{{{{ printf \"{}\" 1 }}}}", "%999999999d".repeat(100));
    assert!(render(&widths).unwrap().len() < 10_000);
    assert!(refused(&"x".repeat(TEMPLATE_BYTES_MAX + 1)).ends_with("the template is too long"));
}

#[test]
fn nesting_is_bounded() {
    let blocks = |depth: usize| "{{if 1}}".repeat(depth) + &"{{end}}".repeat(depth);
    let groups = |depth: usize| format!("{{{{{}1{}}}}}", "(".repeat(depth), ")".repeat(depth));
    let chain = |depth: usize| format!("{{{{if 1}}}}{}{{{{end}}}}", "{{else if 1}}".repeat(depth));
    for form in [&blocks as &dyn Fn(usize) -> String, &groups, &chain] {
        assert!(Template::parse(&form(90)).is_ok());
        assert!(refused(&form(10_000)).contains("nested too deeply"));
    }
}

#[test]
fn the_text_alternative_shows_what_the_html_shows() {
    for (html, text) in [
        ("<h1>A</h1><p>b\n  c</p><p>d</p>", "A\n\nb c\n\nd\n"),
        ("a<br>b<br/><br />c", "a\nb\n\nc\n"),
        ("<ul><li>one</li><li>two</li></ul>x", "- one\n- two\nx\n"),
        (
            "<a href=\"http://x/?a=1&amp;b=2\">go</a>!",
            "go <http://x/?a=1&b=2>!\n",
        ),
        ("<a href='http://x/'>http://x/</a>", "http://x/\n"),
        ("<a href=http://x/><img src=y></a>", "http://x/\n"),
        ("<a name=x>y</a> <a href=\"#top\">z</a>", "y z\n"),
        (
            "1 &lt; 2 &amp;&#38;&#x26; &nbsp;&bogus; &",
            "1 < 2 &&& &bogus; &\n",
        ),
        (
            "<head><title>t</title></head><style>p{}</style>x<script>y</script>z",
            "xz\n",
        ),
        ("<!-- <p>no</p> -->yes<!-- open", "yes\n"),
        ("<a title=\"1>2\" href=\"u:v\">w</a", "w <u:v>\n"),
        ("<b>bo</b>ld", "bold\n"),
        ("", ""),
        ("<script>", ""),
    ] {
        assert_eq!(plain_text::from_html(html), text, "{html}");
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(
        template in "([a-z<>=\"'/ -]|\\{\\{|\\}\\}|if |end|range |\\$x|:=|\\.a|\\||\\(|\\)){0,40}",
    ) {
        let parsed = [Template::parse(&template), Template::parse_plain(&template)];
        for template in parsed.into_iter().flatten() {
            let _ = template.render(&root());
        }
    }

    #[test]
    fn values_never_leave_their_place(value in "\\PC{0,30}") {
        let root = json!({ "V": value });
        let template = Template::parse(
            "<p title=\"{{.V}}\" lang='{{.V}}' id={{.V}}>{{.V}}</p><a href=\"{{.V}}\">x</a>",
        );
        let html = template.unwrap().render(&root).unwrap();
        prop_assert_eq!(html.matches('<').count(), 4);
        prop_assert_eq!(html.matches('>').count(), 4);
        prop_assert_eq!(html.matches('"').count(), 4);
        prop_assert_eq!(html.matches('\'').count(), 2);
        let link = html.split("href=\"").nth(1).unwrap();
        prop_assert!(!link.to_ascii_lowercase().starts_with("javascript:"));
    }

    #[test]
    fn any_html_becomes_text(
        html in "([a-z &;#\"'=]|<|>|</|<!--|-->|<a href=|<br>|<p>|<li>){0,60}",
    ) {
        let text = plain_text::from_html(&html);
        prop_assert!(text.is_empty() || text.ends_with('\n'));
    }
}
