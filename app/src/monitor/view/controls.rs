//! Parts that are used: buttons, filters, forms, files to be sent.

use crate::catalogue::Texts;
use certlens_monitor::Address;
use certlens_monitor::form::{Field, Filters, Form, Input};
use certlens_monitor::screen::{Button, Upload};
use leptos::prelude::*;

/// A button with its order.
#[component]
pub(super) fn ButtonView(button: Button) -> impl IntoView {
    let class = button.is_destructive.then_some("danger");
    let asks = button.asks.then_some("");
    let order = button.order.to_string();
    let label = button.about.map(|about| format!("{}: {about}", button.text));
    view! {
        <button type="button" class=class data-order=order.clone() data-asks=asks aria-label=label data-key=order>
            {button.text}
        </button>
    }
}

#[component]
pub(super) fn ButtonsView(buttons: Vec<Button>) -> impl IntoView {
    let buttons = buttons
        .into_iter()
        .map(|button| view! { <ButtonView button /> })
        .collect_view();
    view! { <div class="monitor-buttons">{buttons}</div> }
}

/// Sent by GET, so that it works without scripts too; the browser's half makes an address of it.
pub(super) fn filters_view(texts: Texts, address: &Address, filters: Filters) -> impl IntoView + use<> {
    let shown: Vec<String> = filters.fields.iter().map(|field| field.name.clone()).collect();
    let others = address
        .filters()
        .filter(|(key, _)| !shown.iter().any(|name| name == key))
        .map(|(key, value)| view! { <input type="hidden" name=key.to_owned() value=value.to_owned() /> })
        .collect_view();
    let path = address.to_string();
    let path = path.split('?').next().unwrap_or_default().to_owned();
    let fields = filters
        .fields
        .into_iter()
        .map(|field| view! { <FieldView field /> })
        .collect_view();
    let reset = filters.reset.map(|link| {
        view! { <a href=link data-key="reset">{texts.reset_filters()}</a> }
    });
    view! {
        <form class="monitor-filters" method="get" action=path data-filters="" role="search">
            {others} {fields} <button type="submit" data-key="filters">{texts.apply_filters()}</button> {reset}
        </form>
    }
}

/// Sent by the browser's half as an order.
#[component]
pub(super) fn FormView(form: Form) -> impl IntoView {
    let context = form
        .context
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    let fields = form
        .fields
        .into_iter()
        .map(|field| view! { <FieldView field /> })
        .collect_view();
    let asks = form.asks.then_some("");
    view! {
        <form class="monitor-form" data-form=form.key data-asks=asks>
            <h2>{form.title}</h2>
            {form.hint.map(|hint| view! { <p class="fine">{hint}</p> })} {context}
            <div class="form-fields">{fields}</div>
            <p class="field-error" role="alert"></p>
            <button type="submit" class="primary" data-key=form.key>
                {form.button}
            </button>
        </form>
    }
}

#[component]
pub(super) fn UploadView(upload: Upload) -> impl IntoView {
    let choices = upload
        .choices
        .into_iter()
        .map(|(value, text)| view! { <option value=value>{text}</option> })
        .collect_view();
    view! {
        <form class="monitor-form" data-upload=upload.path>
            <h2>{upload.title}</h2>
            <p class="fine">{upload.hint}</p>
            <div class="form-fields">
                <label class="monitor-field">
                    <span>{upload.choice_label}</span>
                    <select name=upload.choice_name>{choices}</select>
                </label>
                <label class="monitor-field">
                    <span>{upload.file_label}</span>
                    <input type="file" name="file" />
                </label>
            </div>
            <p class="field-error" role="alert"></p>
            <button type="submit" class="primary">
                {upload.button}
            </button>
        </form>
    }
}

#[component]
fn FieldView(field: Field) -> impl IntoView {
    let Field {
        name,
        label,
        hint,
        input,
    } = field;
    let hint = hint.map(|hint| view! { <small>{hint}</small> });
    match input {
        Input::Choices { values, options } => {
            let options = options
                .into_iter()
                .map(|(value, text)| {
                    let is_on = values.contains(&value);
                    view! {
                        <label class="monitor-tick">
                            <input type="checkbox" name=name.clone() value=value checked=is_on />
                            <span>{text}</span>
                        </label>
                    }
                })
                .collect_view();
            view! {
                <fieldset class="monitor-field">
                    <legend>{label}</legend>
                    {options} {hint}
                </fieldset>
            }
            .into_any()
        }
        Input::Switch { is_on } => view! {
            <label class="monitor-tick">
                <input type="checkbox" name=name value="yes" checked=is_on />
                <span>{label} {hint}</span>
            </label>
        }
        .into_any(),
        input => view! {
            <label class="monitor-field">
                <span>{label}</span>
                <InputView name input />
                {hint}
            </label>
        }
        .into_any(),
    }
}

#[component]
fn InputView(name: String, input: Input) -> impl IntoView {
    match input {
        Input::Text { value, example } => {
            view! { <input type="text" name=name value=value placeholder=example /> }.into_any()
        }
        Input::Secret => view! { <input type="password" name=name autocomplete="new-password" /> }.into_any(),
        Input::Number { value, least, most } => {
            let value = value.map(|value| value.to_string());
            view! {
                <input type="number" name=name value=value min=least.to_string() max=most.to_string() />
            }
            .into_any()
        }
        Input::Day { value } => {
            let value = value.map(|day| day.to_string());
            view! { <input type="date" name=name value=value /> }.into_any()
        }
        Input::Choice { value, options } => {
            let options = options
                .into_iter()
                .map(|(option, text)| {
                    let is_chosen = option == value;
                    view! {
                        <option value=option selected=is_chosen>
                            {text}
                        </option>
                    }
                })
                .collect_view();
            view! { <select name=name>{options}</select> }.into_any()
        }
        Input::Lines { value } => view! {
            <textarea name=name rows="4">
                {value}
            </textarea>
        }
        .into_any(),
        // Rendered by the field itself.
        Input::Choices { .. } | Input::Switch { .. } => ().into_any(),
    }
}
