//! What invented companies make and trade: products with the regulations, codes and schemes that go together.

/// A kind of product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ProductLine {
    pub(super) products: &'static [&'static str],
    pub(super) tn_ved: &'static [&'static str],
    /// Plausible sets of regulations; the first is the usual one.
    pub(super) regulations: &'static [&'static [&'static str]],
    /// Of a hundred documents, how many are certificates.
    pub(super) certificates: u32,
    /// Of a hundred manufacturers, how many are abroad.
    pub(super) imported: u32,
}

const LOW_VOLTAGE: &str = "ТР ТС 004/2011";
const COMPATIBILITY: &str = "ТР ТС 020/2011";
const HAZARDOUS: &str = "ТР ЕАЭС 037/2016";
const FOOD: &str = "ТР ТС 021/2011";
const LABELLING: &str = "ТР ТС 022/2011";
const ADDITIVES: &str = "ТР ТС 029/2012";

#[rustfmt::skip]
pub(super) static PRODUCT_LINES: &[ProductLine] = &[
    ProductLine { products: &["Чайники электрические бытовые", "Блендеры погружные", "Мультиварки бытовые", "Пылесосы бытовые"], tn_ved: &["8516108000", "8509400000", "8516607000", "8508110000"], regulations: &[&[LOW_VOLTAGE, COMPATIBILITY, HAZARDOUS], &[LOW_VOLTAGE, COMPATIBILITY]], certificates: 55, imported: 80 },
    ProductLine { products: &["Светильники светодиодные потолочные", "Лампы светодиодные", "Прожекторы светодиодные"], tn_ved: &["9405110032", "8539520000", "9405420039"], regulations: &[&[LOW_VOLTAGE, COMPATIBILITY, HAZARDOUS], &[LOW_VOLTAGE, COMPATIBILITY]], certificates: 30, imported: 70 },
    ProductLine { products: &["Кабели силовые с изоляцией из ПВХ", "Выключатели автоматические", "Щиты распределительные"], tn_ved: &["8544499108", "8536201007", "8537109800"], regulations: &[&[LOW_VOLTAGE, HAZARDOUS], &[LOW_VOLTAGE]], certificates: 45, imported: 35 },
    ProductLine { products: &["Блоки питания для ноутбуков", "Мониторы", "Маршрутизаторы беспроводные"], tn_ved: &["8504403008", "8528521009", "8517620009"], regulations: &[&[LOW_VOLTAGE, COMPATIBILITY, HAZARDOUS], &[COMPATIBILITY, HAZARDOUS]], certificates: 10, imported: 95 },
    ProductLine { products: &["Игрушки мягконабивные", "Конструкторы из пластмассы", "Пазлы картонные", "Куклы"], tn_ved: &["9503004100", "9503003500", "9503006900", "9503002100"], regulations: &[&["ТР ТС 008/2011"]], certificates: 85, imported: 75 },
    ProductLine { products: &["Платья трикотажные для девочек", "Костюмы для новорождённых", "Обувь детская"], tn_ved: &["6104420000", "6111209000", "6403910000"], regulations: &[&["ТР ТС 007/2011"]], certificates: 60, imported: 50 },
    ProductLine { products: &["Пальто женские", "Бельё постельное из хлопка", "Сорочки мужские верхние", "Обувь повседневная"], tn_ved: &["6202200000", "6302210000", "6205200000", "6404110000"], regulations: &[&["ТР ТС 017/2011"]], certificates: 8, imported: 55 },
    ProductLine { products: &["Кремы для лица", "Шампуни для волос", "Тени для век", "Туалетная вода"], tn_ved: &["3304990000", "3305100000", "3304200000", "3303009000"], regulations: &[&["ТР ТС 009/2011"]], certificates: 0, imported: 60 },
    ProductLine { products: &["Шоколад молочный", "Печенье сахарное", "Конфеты глазированные"], tn_ved: &["1806329000", "1905311900", "1806905009"], regulations: &[&[FOOD, LABELLING, ADDITIVES], &[FOOD, LABELLING]], certificates: 0, imported: 25 },
    ProductLine { products: &["Сок яблочный восстановленный", "Нектар персиковый", "Морс клюквенный"], tn_ved: &["2009719900", "2009899900", "2202991900"], regulations: &[&[FOOD, LABELLING, "ТР ТС 023/2011"]], certificates: 0, imported: 20 },
    ProductLine { products: &["Сыр полутвёрдый", "Йогурт питьевой", "Масло сливочное"], tn_ved: &["0406909909", "0403209100", "0405101900"], regulations: &[&[FOOD, LABELLING, "ТР ТС 033/2013"]], certificates: 0, imported: 30 },
    ProductLine { products: &["Колбасы варёные", "Полуфабрикаты мясные", "Консервы мясные"], tn_ved: &["1601009900", "1602509500", "1602491900"], regulations: &[&[FOOD, LABELLING, "ТР ТС 034/2013"]], certificates: 0, imported: 10 },
    ProductLine { products: &["Филе трески мороженое", "Сельдь слабосолёная", "Шпроты в масле"], tn_ved: &["0304719000", "1604129900", "1604131900"], regulations: &[&[FOOD, LABELLING, "ТР ЕАЭС 040/2016"]], certificates: 0, imported: 35 },
    ProductLine { products: &["Масло подсолнечное рафинированное", "Майонез", "Маргарин"], tn_ved: &["1512199002", "2103909001", "1517109000"], regulations: &[&[FOOD, LABELLING, "ТР ТС 024/2011"]], certificates: 0, imported: 10 },
    ProductLine { products: &["Станки токарные", "Дрели аккумуляторные", "Погрузчики вилочные", "Насосы центробежные"], tn_ved: &["8458112009", "8467211000", "8427201909", "8413703000"], regulations: &[&["ТР ТС 010/2011", LOW_VOLTAGE, COMPATIBILITY], &["ТР ТС 010/2011"]], certificates: 35, imported: 60 },
    ProductLine { products: &["Котлы газовые настенные", "Плиты газовые бытовые"], tn_ved: &["8403109000", "7321111000"], regulations: &[&["ТР ТС 016/2011", LOW_VOLTAGE, COMPATIBILITY], &["ТР ТС 016/2011"]], certificates: 80, imported: 45 },
    ProductLine { products: &["Сосуды, работающие под давлением", "Арматура трубопроводная"], tn_ved: &["7311009900", "8481808199"], regulations: &[&["ТР ТС 032/2013", "ТР ТС 010/2011"], &["ТР ТС 032/2013"]], certificates: 50, imported: 40 },
    ProductLine { products: &["Датчики давления взрывозащищённые", "Коробки соединительные взрывозащищённые"], tn_ved: &["9026202000", "8536901000"], regulations: &[&["ТР ТС 012/2011"], &["ТР ТС 012/2011", COMPATIBILITY]], certificates: 100, imported: 50 },
    ProductLine { products: &["Каски защитные", "Перчатки от механических воздействий", "Обувь специальная"], tn_ved: &["6506101000", "6116930000", "6402919000"], regulations: &[&["ТР ТС 019/2011"]], certificates: 65, imported: 40 },
    ProductLine { products: &["Столы письменные", "Шкафы корпусные", "Кресла офисные"], tn_ved: &["9403301100", "9403509000", "9401390000"], regulations: &[&["ТР ТС 025/2012"]], certificates: 20, imported: 25 },
    ProductLine { products: &["Бутылки из ПЭТ", "Ящики из гофрокартона", "Плёнка упаковочная"], tn_ved: &["3923301090", "4819100000", "3920102800"], regulations: &[&["ТР ТС 005/2011"]], certificates: 0, imported: 15 },
    ProductLine { products: &["Масла моторные", "Смазки пластичные"], tn_ved: &["2710198200", "2710199800"], regulations: &[&["ТР ТС 030/2012"]], certificates: 0, imported: 45 },
    ProductLine { products: &["Колодки тормозные дисковые", "Стёкла автомобильные", "Шины пневматические"], tn_ved: &["8708309109", "7007112009", "4011100003"], regulations: &[&["ТР ТС 018/2011"]], certificates: 75, imported: 65 },
    ProductLine { products: &["Огнетушители порошковые", "Извещатели пожарные"], tn_ved: &["8424100000", "8531103000"], regulations: &[&["ТР ЕАЭС 043/2017"], &["ТР ЕАЭС 043/2017", COMPATIBILITY]], certificates: 85, imported: 30 },
];
