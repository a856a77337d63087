//! What the portal accepts as the layout of a configurable activity. Pure.

use serde_json::{Map, Value};

use crate::rest::envelope::Failure;

const MAX_BLOCKS: usize = 20;
const MAX_TAGS: usize = 2;
const MAX_BUTTONS: usize = 2;

const BLOCKS: [&str; 9] = [
    "text",
    "largeText",
    "link",
    "withTitle",
    "lineOfBlocks",
    "deadline",
    "ballon",
    "dropdownMenu",
    "money",
];

fn refuse(code: &str, sentence: &str) -> Failure {
    Failure::bad_request(code, sentence)
}

/// A member that must be an object with something in it.
fn required<'a>(
    parent: &'a Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<&'a Map<String, Value>, Failure> {
    parent
        .get(name)
        .and_then(Value::as_object)
        .filter(|members| !members.is_empty())
        .ok_or_else(|| {
            refuse(
                "FIELD_IS_REQUIRED",
                &format!("Поле {path}{name} обязательно для заполнения"),
            )
        })
}

fn only(members: &Map<String, Value>, known: &[&str], path: &str) -> Result<(), Failure> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(refuse(
            "FIELD_IS_REDUNDANT",
            &format!("Поле {path}{name} не предусмотрено"),
        )),
        None => Ok(()),
    }
}

fn keys(members: &Map<String, Value>, most: usize, path: &str) -> Result<(), Failure> {
    if members.len() > most {
        return Err(refuse(
            "TOO_MANY_ITEMS",
            &format!("В {path} больше {most} элементов"),
        ));
    }
    let good = |key: &String| {
        key.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    if members.keys().all(good) {
        Ok(())
    } else {
        Err(refuse(
            "KEY_CONTAIN_WRONG_SYMBOLS",
            &format!("Недопустимые символы в ключах {path}"),
        ))
    }
}

/// Checks a layout.
pub(super) fn check(layout: Option<&Value>) -> Result<(), Failure> {
    let layout = layout
        .and_then(Value::as_object)
        .filter(|layout| !layout.is_empty())
        .ok_or_else(|| refuse("ERROR_EMPTY_LAYOUT", "Не указана структура дела (layout)"))?;
    only(layout, &["icon", "header", "body", "footer"], "layout.")?;
    let icon = required(layout, "icon", "layout.")?;
    only(icon, &["code"], "layout.icon.")?;
    text(icon, "code", "layout.icon.")?;
    header(required(layout, "header", "layout.")?)?;
    body(required(layout, "body", "layout.")?)?;
    match layout.get("footer").and_then(Value::as_object) {
        Some(footer) => self::footer(footer),
        None => Ok(()),
    }
}

fn text(members: &Map<String, Value>, name: &str, path: &str) -> Result<(), Failure> {
    match members.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(()),
        // A text by language.
        Some(Value::Object(texts)) if !texts.is_empty() => match texts.keys().find(|code| code.len() != 2) {
            Some(_) => Err(refuse("WRONG_LANG", &format!("Неверный язык в {path}{name}"))),
            None => Ok(()),
        },
        _ => Err(refuse(
            "FIELD_IS_REQUIRED",
            &format!("Поле {path}{name} обязательно для заполнения"),
        )),
    }
}

fn header(header: &Map<String, Value>) -> Result<(), Failure> {
    only(header, &["title", "titleAction", "tags"], "layout.header.")?;
    text(header, "title", "layout.header.")?;
    action(header.get("titleAction"), "layout.header.titleAction.")?;
    let Some(tags) = header.get("tags").and_then(Value::as_object) else {
        return Ok(());
    };
    keys(tags, MAX_TAGS, "layout.header.tags")?;
    for tag in tags.values().filter_map(Value::as_object) {
        only(tag, &["title", "action", "type", "hint"], "layout.header.tags.")?;
        text(tag, "title", "layout.header.tags.")?;
        one_of(
            tag,
            "type",
            &[
                "success",
                "failure",
                "warning",
                "primary",
                "secondary",
                "lavender",
            ],
        )?;
    }
    Ok(())
}

fn one_of(members: &Map<String, Value>, name: &str, known: &[&str]) -> Result<(), Failure> {
    match members.get(name).and_then(Value::as_str) {
        Some(value) if !known.contains(&value) => Err(refuse(
            "ENUM_FIELD",
            &format!("Недопустимое значение поля {name}: {value}"),
        )),
        _ => Ok(()),
    }
}

fn body(body: &Map<String, Value>) -> Result<(), Failure> {
    only(body, &["logo", "blocks"], "layout.body.")?;
    let logo = required(body, "logo", "layout.body.")?;
    only(logo, &["code", "action"], "layout.body.logo.")?;
    text(logo, "code", "layout.body.logo.")?;
    action(logo.get("action"), "layout.body.logo.action.")?;
    let blocks = required(body, "blocks", "layout.body.")?;
    keys(blocks, MAX_BLOCKS, "layout.body.blocks")?;
    blocks.values().try_for_each(block)
}

fn block(block: &Value) -> Result<(), Failure> {
    let path = "layout.body.blocks.";
    let block = block
        .as_object()
        .ok_or_else(|| refuse("WRONG_FIELD_VALUE", "Блок должен быть объектом"))?;
    only(block, &["type", "properties"], path)?;
    text(block, "type", path)?;
    one_of(block, "type", &BLOCKS)?;
    let properties = required(block, "properties", path)?;
    action(properties.get("action"), path)?;
    match block.get("type").and_then(Value::as_str) {
        Some("withTitle") => {
            text(properties, "title", path)?;
            self::block(properties.get("block").unwrap_or(&Value::Null))
        }
        Some("link") => text(properties, "text", path),
        Some("text" | "largeText") => text(properties, "value", path),
        Some("lineOfBlocks") => {
            let inner = required(properties, "blocks", path)?;
            inner.values().try_for_each(self::block)
        }
        _ => Ok(()),
    }
}

fn footer(footer: &Map<String, Value>) -> Result<(), Failure> {
    only(footer, &["buttons", "menu"], "layout.footer.")?;
    let Some(buttons) = footer.get("buttons").and_then(Value::as_object) else {
        return Ok(());
    };
    keys(buttons, MAX_BUTTONS, "layout.footer.buttons")?;
    for button in buttons.values().filter_map(Value::as_object) {
        only(
            button,
            &["title", "type", "action", "scope", "hideIfReadonly"],
            "layout.footer.buttons.",
        )?;
        text(button, "title", "layout.footer.buttons.")?;
        one_of(button, "type", &["primary", "secondary"])?;
        action(button.get("action"), "layout.footer.buttons.action.")?;
    }
    Ok(())
}

fn action(action: Option<&Value>, path: &str) -> Result<(), Failure> {
    let Some(action) = action.and_then(Value::as_object) else {
        return Ok(());
    };
    text(action, "type", path)?;
    one_of(
        action,
        "type",
        &["redirect", "restEvent", "openRestApp", "jsEvent"],
    )?;
    match action.get("type").and_then(Value::as_str) {
        Some("redirect") => text(action, "uri", path),
        Some("restEvent") => {
            one_of(action, "animationType", &["loader", "disable"])?;
            text(action, "id", path)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "icon": {"code": "info"},
            "header": {"title": "Check finished"},
            "body": {
                "logo": {"code": "notification"},
                "blocks": {
                    "verdict": {"type": "withTitle", "properties": {"title": "Verdict", "inline": true,
                        "block": {"type": "text", "properties": {"value": "2 warnings", "bold": true}}}},
                    "open": {"type": "link", "properties": {"text": "Open",
                        "action": {"type": "openRestApp", "actionParams": {"reportId": 91}}}}
                }
            },
            "footer": {"buttons": {"again": {"title": "Again", "type": "primary",
                "action": {"type": "restEvent", "id": "recheck", "animationType": "loader"}}}}
        })
    }

    #[test]
    fn check_of_the_documented_layout_passes() {
        assert_eq!(check(Some(&good())), Ok(()));
    }

    #[rstest]
    #[case("", json!([]), "ERROR_EMPTY_LAYOUT")]
    #[case("/icon", json!(null), "FIELD_IS_REQUIRED")]
    #[case("/surprise", json!({"a": 1}), "FIELD_IS_REDUNDANT")]
    #[case("/body/blocks", json!({"a b": {"type": "text", "properties": {"value": "x"}}}), "KEY_CONTAIN_WRONG_SYMBOLS")]
    #[case("/body/blocks/open/type", json!("video"), "ENUM_FIELD")]
    #[case("/footer/buttons", json!({"a": {"title": "A"}, "b": {"title": "B"}, "c": {"title": "C"}}), "TOO_MANY_ITEMS")]
    fn check_of_a_bad_layout_names_the_fault(#[case] at: &str, #[case] value: Value, #[case] code: &str) {
        let mut layout = good();
        match (layout.pointer_mut(at), at.strip_prefix('/')) {
            (Some(place), _) => *place = value,
            (None, Some(name)) => layout[name] = value,
            (None, None) => layout = value,
        }

        let refusal = check(Some(&layout)).unwrap_err();

        assert_eq!(refusal.code, json!(code));
    }
}
