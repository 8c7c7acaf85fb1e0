//! Phrases and buttons in several languages.

/// Emoji; some have several code points.
pub(crate) const EMOJI: [&str; 10] = ["👍", "🙏", "😀", "😢", "🎉", "👩‍💻", "👨‍👩‍👧", "🇦🇹", "✌🏽", "❤️"];

/// A language, with the country and time zone of its users.
#[derive(Debug)]
pub(crate) struct Language {
    pub(crate) code: &'static str,
    pub(crate) country: &'static str,
    pub(crate) timezone: &'static str,
    pub(crate) phrases: &'static [&'static str],
    pub(crate) buttons: &'static [&'static str],
}

/// The languages of users. A language that is listed twice has twice as many users.
pub(crate) const LANGUAGES: [Language; 10] =
    [ENGLISH, ENGLISH, GERMAN, GERMAN, FRENCH, SPANISH, POLISH, ARABIC, JAPANESE, HINDI];

const ENGLISH: Language = Language {
    code: "en",
    country: "United Kingdom",
    timezone: "Europe/London",
    phrases: &[
        "Hello!",
        "I moved last week. Could you please send the new policy to my new address?",
        "yes",
        "no, that's not what I meant",
        "How long does it take until somebody calls me back?",
        "My car was hit in a car park on Friday, \"nobody\" saw it.",
        "=SUM(A1:A3) is what your form says, is that a mistake?",
        "Thanks, that's all I wanted to know.",
        "I'd like to cancel; the reference is 4711/B <urgent>.",
    ],
    buttons: &["Yes", "No", "Make a claim", "Talk to somebody"],
};

const GERMAN: Language = Language {
    code: "de",
    country: "Austria",
    timezone: "Europe/Vienna",
    phrases: &[
        "Grüß Gott!",
        "Ich möchte meine Haushaltsversicherung kündigen, weil ich übersiedle.",
        "ja",
        "nein, eigentlich nicht",
        "Danke – das war’s",
        "Wie hoch ist mein Selbstbehalt bei der Kfz-Kaskoversicherung?",
        "Können Sie mir bitte die Polizze noch einmal schicken?",
        "Das Formular sagt „ungültig“, obwohl alles ausgefüllt ist.",
    ],
    buttons: &["Ja", "Nein", "Schaden melden", "Mit jemandem sprechen"],
};

const FRENCH: Language = Language {
    code: "fr",
    country: "France",
    timezone: "Europe/Paris",
    phrases: &[
        "Bonjour,",
        "J’ai déménagé la semaine dernière, comment changer d’adresse ?",
        "oui",
        "Non merci, ce n’est pas la peine.",
        "Où en est le remboursement de mon sinistre ?",
        "Très bien, merci beaucoup et bonne journée à vous.",
    ],
    buttons: &["Oui", "Non", "Déclarer un sinistre"],
};

const SPANISH: Language = Language {
    code: "es",
    country: "España",
    timezone: "Europe/Madrid",
    phrases: &[
        "¡Hola!",
        "¿Cuánto tarda en llegar la nueva tarjeta?",
        "sí",
        "No, todavía no he recibido nada por correo.",
        "Mañana llamo otra vez, gracias.",
        "El niño se rompió un diente en el colegio, ¿está cubierto?",
    ],
    buttons: &["Sí", "No", "Hablar con alguien"],
};

const POLISH: Language = Language {
    code: "pl",
    country: "Polska",
    timezone: "Europe/Warsaw",
    phrases: &[
        "Dzień dobry",
        "Chciałbym zgłosić szkodę, ktoś uszkodził mi samochód na parkingu.",
        "tak",
        "nie, dziękuję",
        "Ile wynosi składka na następny rok?",
        "Proszę przesłać umowę na mój nowy adres.",
    ],
    buttons: &["Tak", "Nie", "Zgłoś szkodę"],
};

const ARABIC: Language = Language {
    code: "ar",
    country: "الإمارات",
    timezone: "Asia/Dubai",
    phrases: &[
        "مرحبا",
        "أريد تغيير عنواني من فضلك، انتقلت الأسبوع الماضي.",
        "نعم",
        "لا، شكرا",
        "متى أستلم البطاقة الجديدة؟",
        "رقم الطلب هو 4711 (عاجل).",
    ],
    buttons: &["نعم", "لا", "تحدث إلى موظف"],
};

const JAPANESE: Language = Language {
    code: "ja",
    country: "日本",
    timezone: "Asia/Tokyo",
    phrases: &[
        "こんにちは",
        "先週引っ越したので、住所を変更したいです。",
        "はい",
        "いいえ、違います。",
        "新しいカードはいつ届きますか？",
        "ありがとうございました。",
    ],
    buttons: &["はい", "いいえ", "担当者と話す"],
};

const HINDI: Language = Language {
    code: "hi",
    country: "भारत",
    timezone: "Asia/Kolkata",
    phrases: &[
        "नमस्ते",
        "मैं पिछले हफ़्ते नए घर में आया हूँ, पता कैसे बदलूँ?",
        "हाँ",
        "नहीं, धन्यवाद",
        "मेरा नया कार्ड कब तक आएगा?",
        "फ़ॉर्म जमा नहीं हो रहा है।",
    ],
    buttons: &["हाँ", "नहीं", "किसी से बात करें"],
};
