//! Invented companies: name, country, identifiers, what they deal in. Each is made from the seed and its own number.

mod packed;

pub(super) use packed::PackedCompany;

use super::identifiers::Scattered;
use super::product_lines::{PRODUCT_LINES, ProductLine};
use certlens_domain::document::Party;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Numbers of companies that the demonstration needs to be what they are.
pub(super) const BIGGEST: u64 = 0;
pub(super) const HOLDING_RUSSIA: u64 = 3;
pub(super) const HOLDING_KAZAKHSTAN: u64 = 60;
pub(super) const HOLDING_BELARUS: u64 = 90;
pub(super) const SOLE_TRADER: u64 = 150;
/// The name that the three companies of the holding share.
const HOLDING_NAME: &str = "Меридиан Индустрия";

/// Where a company is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Country {
    Russia,
    Kazakhstan,
    Belarus,
    Kyrgyzstan,
}

/// An invented company.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Company {
    country: Country,
    sole_trader: bool,
    party: Party,
    lines: Vec<&'static ProductLine>,
}

impl Company {
    /// The company with this number, 0 being the one with most documents.
    pub(super) fn of(seed: u64, index: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(index + 1);
        let country = country_of(index, &mut random);
        let by_chance = random.random_range(0..100) < 14;
        let sole_trader = match index {
            SOLE_TRADER => true,
            // Whoever holds thousands of documents, or belongs to the holding, is an organisation.
            0..100 => false,
            _ => by_chance && country == Country::Russia,
        };
        let number_of_lines = if index < 30 { 4 } else { random.random_range(1..3) };
        let lines = PRODUCT_LINES
            .choose_multiple(&mut random, number_of_lines)
            .collect();
        Self {
            party: party_of(
                index,
                Scattered::of(seed, index),
                country,
                sole_trader,
                &mut random,
            ),
            country,
            sole_trader,
            lines,
        }
    }

    pub(super) const fn country(&self) -> Country {
        self.country
    }

    pub(super) const fn party(&self) -> &Party {
        &self.party
    }

    pub(super) const fn is_sole_trader(&self) -> bool {
        self.sole_trader
    }

    pub(super) fn lines(&self) -> &[&'static ProductLine] {
        &self.lines
    }
}

fn country_of(index: u64, random: &mut impl Rng) -> Country {
    let by_chance = match random.random_range(0..100) {
        0..76 => Country::Russia,
        76..87 => Country::Kazakhstan,
        87..96 => Country::Belarus,
        _ => Country::Kyrgyzstan,
    };
    match index {
        BIGGEST | HOLDING_RUSSIA | SOLE_TRADER => Country::Russia,
        HOLDING_KAZAKHSTAN => Country::Kazakhstan,
        HOLDING_BELARUS => Country::Belarus,
        _ => by_chance,
    }
}

fn party_of(
    index: u64,
    numbers: Scattered,
    country: Country,
    sole_trader: bool,
    random: &mut impl Rng,
) -> Party {
    let holding = matches!(index, HOLDING_RUSSIA | HOLDING_KAZAKHSTAN | HOLDING_BELARUS);
    let name = if holding {
        HOLDING_NAME.to_owned()
    } else {
        company_name(random)
    };
    let mut party = Party::default();
    let form = match country {
        Country::Russia => {
            let (inn, ogrn) = if sole_trader {
                numbers.russian_sole_trader()
            } else {
                numbers.russian_organisation()
            };
            party.inn = Some(inn);
            party.ogrn = Some(ogrn);
            if random.random_range(0..100) < 12 {
                "АО"
            } else {
                "ООО"
            }
        }
        Country::Kazakhstan => {
            party.bin = Some(numbers.kazakh_bin());
            "ТОО"
        }
        Country::Belarus => {
            party.unp = Some(numbers.belarusian_unp());
            if random.random_range(0..100) < 30 {
                "ОАО"
            } else {
                "ООО"
            }
        }
        Country::Kyrgyzstan => {
            party.inn = Some(numbers.kyrgyz_inn());
            "ОсОО"
        }
    };
    party.country = Some(code(country).to_owned());
    party.name = if sole_trader {
        format!("Индивидуальный предприниматель {}", person_name(random))
    } else {
        format!("{form} «{name}»")
    };
    party
}

/// ISO alpha-2 code.
pub(super) const fn code(country: Country) -> &'static str {
    match country {
        Country::Russia => "RU",
        Country::Kazakhstan => "KZ",
        Country::Belarus => "BY",
        Country::Kyrgyzstan => "KG",
    }
}

fn company_name(random: &mut impl Rng) -> String {
    const FIRST: [&str; 44] = [
        "Аврора",
        "Азимут",
        "Альтаир",
        "Арктика",
        "Атлант",
        "Байкал",
        "Берег",
        "Вектор",
        "Восход",
        "Вымпел",
        "Гелиос",
        "Горизонт",
        "Гранит",
        "Дельта",
        "Заря",
        "Зенит",
        "Импульс",
        "Каскад",
        "Квант",
        "Кедр",
        "Класс",
        "Корунд",
        "Лотос",
        "Магистраль",
        "Маяк",
        "Норд",
        "Оазис",
        "Орион",
        "Парус",
        "Полюс",
        "Приоритет",
        "Прогресс",
        "Радуга",
        "Ритм",
        "Родник",
        "Сапфир",
        "Северный берег",
        "Сириус",
        "Стандарт",
        "Темп",
        "Форум",
        "Фрегат",
        "Элемент",
        "Янтарь",
    ];
    const SECOND: [&str; 40] = [
        "Агро",
        "Бренд",
        "Бытсервис",
        "Групп",
        "Дистрибуция",
        "Завод",
        "Импорт",
        "Инвест",
        "Инжиниринг",
        "Интер",
        "Комплект",
        "Компонент",
        "Контракт",
        "Косметик",
        "Логистик",
        "Маркет",
        "Мебель",
        "Опт",
        "Пак",
        "Плюс",
        "Пищепром",
        "Поставка",
        "Прайм",
        "Продукт",
        "Пром",
        "Ресурс",
        "Свет",
        "Сервис",
        "Снаб",
        "Спецтехника",
        "Текстиль",
        "Техно",
        "Тойс",
        "Трейд",
        "Фабрика",
        "Фуд",
        "Хим",
        "Центр",
        "Электро",
        "Юг",
    ];
    let first = FIRST.choose(random).copied().unwrap_or_default();
    let second = SECOND.choose(random).copied().unwrap_or_default();
    match random.random_range(0..10) {
        0..4 => format!("{first} {second}"),
        4..6 => format!("{first}-{}", random.random_range(2..100)),
        _ => format!(
            "{first} {second} {}",
            SECOND.choose(random).copied().unwrap_or_default()
        ),
    }
}

/// A name that nobody bears.
fn person_name(random: &mut impl Rng) -> String {
    const FAMILIES: [&str; 10] = [
        "Примеров",
        "Небывалов",
        "Выдумкин",
        "Образцов-Тестовый",
        "Вымышленников",
        "Придуманный-Заглушкин",
        "Шаблонов",
        "Эталонов-Пробный",
        "Нереалов",
        "Макетов",
    ];
    const GIVEN: [&str; 10] = [
        "Азбук",
        "Веди",
        "Глаголь",
        "Добро",
        "Аз",
        "Земля",
        "Ижей",
        "Каков",
        "Людин",
        "Мыслет",
    ];
    let family = FAMILIES.choose(random).copied().unwrap_or_default();
    let given = GIVEN.choose(random).copied().unwrap_or_default();
    format!("{family} {given} Демонстрациевич")
}
