#include "common/mail/reply_words.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* All rows are folded: lower case, NFKC, Greek final sigma as sigma. */

static const char *const verbs[] = {
    /* English */ "wrote",
    "writes",
    "has written",
    "sent",
    /* German */ "schrieb",
    "schrieben",
    "geschrieben",
    "schreibt",
    /* Dutch, Afrikaans */ "schreef",
    "geschreven",
    "geskryf",
    /* French */ "a écrit",
    "a ecrit",
    "écrit",
    "écrivait",
    /* Spanish, Catalan, Galician, Basque */ "escribió",
    "escribio",
    "ha escrito",
    "escribe",
    "va escriure",
    "ha escrit",
    "escribiu",
    "idatzi du",
    "idatzi zuen",
    "igorri du",
    /* Portuguese */ "escreveu",
    "escreve",
    /* Italian, Romanian, Albanian */ "ha scritto",
    "scrisse",
    "ha inviato",
    "a scris",
    "scris",
    "shkroi",
    "ka shkruar",
    /* Danish, Norwegian, Swedish, Icelandic */ "skrev",
    "skreiv",
    "skrifaði",
    /* Finnish, Estonian, Latvian, Lithuanian */ "kirjoitti",
    "kirjutas",
    "rakstīja",
    "rašė",
    "parašė",
    /* Polish */ "napisał",
    "napisała",
    "napisał(a)",
    "pisze",
    "napisano",
    /* Czech, Slovak */ "napsal",
    "napsala",
    "napsal(a)",
    "napísal",
    "napísala",
    "napísal(a)",
    "píše",
    /* Slovene, Croatian, Serbian, Bosnian */ "napisal",
    "napisao",
    "napisala",
    "je pisal",
    "napisao/la",
    "написао",
    "написала",
    "је написао/ла",
    /* Hungarian */ "írta",
    "ezt írta",
    /* Russian, Ukrainian, Belarusian, Bulgarian, Macedonian */ "написал",
    "написал(а)",
    "пишет",
    "писал",
    "писал(а)",
    "написав",
    "написав(-ла)",
    "написав(ла)",
    "пише",
    "напісаў",
    "написа",
    "напиша",
    /* Greek */ "έγραψε",
    "έγραψεν",
    "εγραψε",
    /* Turkish, Azerbaijani, Kazakh */ "yazdı",
    "şunu yazdı",
    "şunları yazdı",
    "yazmış",
    "yazıb",
    "жазды",
    /* Hebrew, Arabic, Persian, Urdu */ "כתב",
    "כתבה",
    "כתב/ה",
    "כתב(ה)",
    "كتب",
    "كتبت",
    "كتب/كتبت",
    "نوشت",
    "نوشته",
    "نے لکھا",
    /* Hindi, Bengali, Thai */ "लिखा",
    "ने लिखा",
    "লিখেছেন",
    "เขียนว่า",
    "เขียน",
    /* Chinese, Japanese, Korean */ "写道",
    "寫道",
    "写到",
    "写了",
    "来信",
    "のメール",
    "書きました",
    "書いた",
    "書き込みました",
    "님이 작성",
    "작성",
    "쓴 글",
    "썼습니다",
    /* Vietnamese, Indonesian, Malay, Filipino, Swahili */ "đã viết",
    "viết",
    "menulis",
    "tulis",
    "sumulat",
    "aliandika",
    /* Irish, Welsh, Esperanto */ "scríobh",
    "ysgrifennodd",
    "skribis",
};

static const char *const openers[] = {
    "on",     "at",        "am",    "den",     "der",    "le",     "el",     "em",
    "il",     "op",        "dne",   "dňa",     "dnia",   "dana",   "dne:",   "w dniu",
    "no dia", "a data",    "în",    "în data", "pe",     "pada",   "kl.",    "vào",
    "ngày",   "tarihinde", "στισ",  "την",     "στην",   "на",     "в",      "во",
    "у",      "ve",        "dana:", "de",      "em:",    "la",     "al",     "þann",
    "ar",     "quoting",   "begin", "في",      "در",     "بتاريخ", "בתאריך", "ב-",
    "ביום",   "在",        "于",    "於",      "เมื่อ",    "noong",  "mnamo",  "ma",
    "dt.",    "da",        "v",     "ons",     "tors",   "tis",    "mån",    "fre",
    "lör",    "sön",       "man",   "tir",     "tor",    "lør",    "søn",    "po",
    "út",     "st",        "čt",    "pá",      "so",     "ne",     "pon.",   "wt.",
    "śr.",    "czw.",      "pt.",   "sob.",    "niedz.", "lun",    "mar",    "mer",
    "mié",    "jue",       "vie",   "sáb",     "dom",    "gio",    "ven",    "sab",
    "ter",    "qua",       "qui",   "sex",     "seg",
};

struct label_row {
    enum words_label label;
    const char *name;
};

static const struct label_row labels[] = {
    /* English */
    { WORDS_FROM, "from" },
    { WORDS_DATE, "date" },
    { WORDS_DATE, "sent" },
    { WORDS_TO, "to" },
    { WORDS_CC, "cc" },
    { WORDS_CC, "bcc" },
    { WORDS_SUBJECT, "subject" },
    { WORDS_OTHER, "reply-to" },
    { WORDS_OTHER, "importance" },
    { WORDS_OTHER, "attachments" },
    { WORDS_OTHER, "attachment" },
    { WORDS_OTHER, "organization" },
    { WORDS_OTHER, "message-id" },
    { WORDS_OTHER, "priority" },
    { WORDS_DATE, "sent at" },
    { WORDS_DATE, "sent on" },
    { WORDS_DATE, "received" },
    { WORDS_OTHER, "sender" },
    /* German */
    { WORDS_FROM, "von" },
    { WORDS_DATE, "datum" },
    { WORDS_DATE, "gesendet" },
    { WORDS_DATE, "gesendet am" },
    { WORDS_TO, "an" },
    { WORDS_CC, "kopie" },
    { WORDS_SUBJECT, "betreff" },
    { WORDS_OTHER, "wichtigkeit" },
    { WORDS_OTHER, "anlagen" },
    { WORDS_OTHER, "antwort an" },
    { WORDS_FROM, "absender" },
    { WORDS_TO, "empfänger" },
    /* Dutch, Afrikaans */
    { WORDS_FROM, "van" },
    { WORDS_DATE, "verzonden" },
    { WORDS_TO, "aan" },
    { WORDS_SUBJECT, "onderwerp" },
    { WORDS_OTHER, "bijlagen" },
    { WORDS_OTHER, "urgentie" },
    /* French */
    { WORDS_FROM, "de" },
    { WORDS_DATE, "envoyé" },
    { WORDS_DATE, "envoyé le" },
    { WORDS_DATE, "date d'envoi" },
    { WORDS_TO, "à" },
    { WORDS_TO, "a" },
    { WORDS_SUBJECT, "objet" },
    { WORDS_SUBJECT, "sujet" },
    { WORDS_CC, "copie à" },
    { WORDS_OTHER, "pièces jointes" },
    { WORDS_FROM, "expéditeur" },
    { WORDS_TO, "destinataire" },
    /* Spanish, Catalan, Galician, Basque */
    { WORDS_DATE, "enviado" },
    { WORDS_DATE, "enviado el" },
    { WORDS_DATE, "fecha" },
    { WORDS_TO, "para" },
    { WORDS_SUBJECT, "asunto" },
    { WORDS_DATE, "enviat" },
    { WORDS_DATE, "data d'enviament" },
    { WORDS_TO, "per a" },
    { WORDS_SUBJECT, "assumpte" },
    { WORDS_FROM, "nork" },
    { WORDS_TO, "nori" },
    { WORDS_SUBJECT, "gaia" },
    { WORDS_DATE, "bidalita" },
    /* Portuguese */
    { WORDS_DATE, "enviada em" },
    { WORDS_DATE, "enviado em" },
    { WORDS_DATE, "enviada" },
    { WORDS_DATE, "data" },
    { WORDS_SUBJECT, "assunto" },
    /* Italian */
    { WORDS_FROM, "da" },
    { WORDS_DATE, "inviato" },
    { WORDS_DATE, "inviata" },
    { WORDS_SUBJECT, "oggetto" },
    { WORDS_FROM, "mittente" },
    /* Romanian */
    { WORDS_FROM, "de la" },
    { WORDS_DATE, "trimis" },
    { WORDS_TO, "către" },
    { WORDS_TO, "catre" },
    { WORDS_SUBJECT, "subiect" },
    /* Danish, Norwegian, Swedish, Icelandic */
    { WORDS_FROM, "fra" },
    { WORDS_DATE, "sendt" },
    { WORDS_TO, "til" },
    { WORDS_SUBJECT, "emne" },
    { WORDS_DATE, "dato" },
    { WORDS_FROM, "från" },
    { WORDS_DATE, "skickat" },
    { WORDS_TO, "till" },
    { WORDS_SUBJECT, "ämne" },
    { WORDS_CC, "kopia" },
    { WORDS_FROM, "frá" },
    { WORDS_DATE, "dags" },
    { WORDS_SUBJECT, "efni" },
    /* Finnish, Estonian, Latvian, Lithuanian */
    { WORDS_FROM, "lähettäjä" },
    { WORDS_DATE, "lähetetty" },
    { WORDS_DATE, "päivämäärä" },
    { WORDS_DATE, "pvm" },
    { WORDS_TO, "vastaanottaja" },
    { WORDS_SUBJECT, "aihe" },
    { WORDS_CC, "kopio" },
    { WORDS_FROM, "saatja" },
    { WORDS_DATE, "saadetud" },
    { WORDS_DATE, "kuupäev" },
    { WORDS_TO, "saaja" },
    { WORDS_TO, "adressaat" },
    { WORDS_SUBJECT, "teema" },
    { WORDS_FROM, "no" },
    { WORDS_DATE, "nosūtīts" },
    { WORDS_DATE, "datums" },
    { WORDS_TO, "kam" },
    { WORDS_SUBJECT, "temats" },
    { WORDS_SUBJECT, "tēma" },
    { WORDS_FROM, "nuo" },
    { WORDS_DATE, "išsiųsta" },
    { WORDS_TO, "kam" },
    { WORDS_TO, "iki" },
    { WORDS_SUBJECT, "tema" },
    /* Polish */
    { WORDS_FROM, "od" },
    { WORDS_DATE, "wysłano" },
    { WORDS_DATE, "wysłane" },
    { WORDS_TO, "do" },
    { WORDS_SUBJECT, "temat" },
    { WORDS_CC, "dw" },
    { WORDS_CC, "udw" },
    /* Czech, Slovak */
    { WORDS_DATE, "odesláno" },
    { WORDS_TO, "komu" },
    { WORDS_SUBJECT, "předmět" },
    { WORDS_CC, "kopie" },
    { WORDS_DATE, "odoslané" },
    { WORDS_DATE, "dátum" },
    { WORDS_SUBJECT, "predmet" },
    { WORDS_DATE, "dne" },
    /* Slovene, Croatian, Serbian */
    { WORDS_DATE, "poslano" },
    { WORDS_TO, "za" },
    { WORDS_SUBJECT, "zadeva" },
    { WORDS_FROM, "pošiljatelj" },
    { WORDS_TO, "prima" },
    { WORDS_DATE, "poslato" },
    { WORDS_SUBJECT, "naslov" },
    { WORDS_FROM, "šalje" },
    { WORDS_FROM, "шаље" },
    { WORDS_DATE, "послато" },
    { WORDS_TO, "прима" },
    { WORDS_SUBJECT, "наслов" },
    /* Hungarian */
    { WORDS_FROM, "feladó" },
    { WORDS_DATE, "elküldve" },
    { WORDS_DATE, "küldve" },
    { WORDS_DATE, "dátum" },
    { WORDS_TO, "címzett" },
    { WORDS_SUBJECT, "tárgy" },
    { WORDS_CC, "másolatot kap" },
    /* Russian, Ukrainian, Bulgarian, Macedonian */
    { WORDS_FROM, "от" },
    { WORDS_FROM, "от кого" },
    { WORDS_DATE, "отправлено" },
    { WORDS_DATE, "дата" },
    { WORDS_TO, "кому" },
    { WORDS_SUBJECT, "тема" },
    { WORDS_CC, "копия" },
    { WORDS_FROM, "від" },
    { WORDS_DATE, "надіслано" },
    { WORDS_CC, "копія" },
    { WORDS_DATE, "изпратено" },
    { WORDS_TO, "до" },
    { WORDS_SUBJECT, "относно" },
    { WORDS_FROM, "од" },
    { WORDS_DATE, "испратено" },
    { WORDS_DATE, "отправлено:" },
    { WORDS_FROM, "отправитель" },
    /* Greek */
    { WORDS_FROM, "από" },
    { WORDS_DATE, "στάλθηκε" },
    { WORDS_DATE, "ημερομηνία" },
    { WORDS_TO, "προσ" },
    { WORDS_SUBJECT, "θέμα" },
    { WORDS_CC, "κοιν" },
    /* Turkish */
    { WORDS_FROM, "kimden" },
    { WORDS_FROM, "gönderen" },
    { WORDS_DATE, "gönderildi" },
    { WORDS_DATE, "gönderme tarihi" },
    { WORDS_DATE, "tarih" },
    { WORDS_TO, "kime" },
    { WORDS_TO, "alıcı" },
    { WORDS_SUBJECT, "konu" },
    { WORDS_CC, "bilgi" },
    /* Hebrew, Arabic, Persian */
    { WORDS_FROM, "מאת" },
    { WORDS_DATE, "נשלח" },
    { WORDS_DATE, "תאריך" },
    { WORDS_TO, "אל" },
    { WORDS_TO, "עבור" },
    { WORDS_SUBJECT, "נושא" },
    { WORDS_CC, "עותק" },
    { WORDS_FROM, "من" },
    { WORDS_DATE, "تم الإرسال" },
    { WORDS_DATE, "التاريخ" },
    { WORDS_DATE, "تاريخ الإرسال" },
    { WORDS_TO, "إلى" },
    { WORDS_SUBJECT, "الموضوع" },
    { WORDS_CC, "نسخة" },
    { WORDS_FROM, "از" },
    { WORDS_DATE, "تاریخ" },
    { WORDS_TO, "به" },
    { WORDS_SUBJECT, "موضوع" },
    /* Hindi, Thai */
    { WORDS_FROM, "प्रेषक" },
    { WORDS_DATE, "दिनांक" },
    { WORDS_TO, "प्रति" },
    { WORDS_SUBJECT, "विषय" },
    { WORDS_FROM, "จาก" },
    { WORDS_DATE, "ส่งเมื่อ" },
    { WORDS_DATE, "วันที่" },
    { WORDS_TO, "ถึง" },
    { WORDS_SUBJECT, "เรื่อง" },
    /* Chinese, Japanese, Korean */
    { WORDS_FROM, "发件人" },
    { WORDS_DATE, "发送时间" },
    { WORDS_DATE, "日期" },
    { WORDS_DATE, "发送日期" },
    { WORDS_TO, "收件人" },
    { WORDS_CC, "抄送" },
    { WORDS_SUBJECT, "主题" },
    { WORDS_FROM, "寄件者" },
    { WORDS_FROM, "寄件人" },
    { WORDS_DATE, "寄件日期" },
    { WORDS_DATE, "傳送時間" },
    { WORDS_TO, "收件者" },
    { WORDS_CC, "副本" },
    { WORDS_SUBJECT, "主旨" },
    { WORDS_SUBJECT, "主題" },
    { WORDS_FROM, "差出人" },
    { WORDS_FROM, "送信元" },
    { WORDS_DATE, "送信日時" },
    { WORDS_DATE, "送信日" },
    { WORDS_DATE, "日時" },
    { WORDS_DATE, "日付" },
    { WORDS_TO, "宛先" },
    { WORDS_SUBJECT, "件名" },
    { WORDS_FROM, "보낸 사람" },
    { WORDS_FROM, "보낸사람" },
    { WORDS_DATE, "보낸 날짜" },
    { WORDS_DATE, "보낸날짜" },
    { WORDS_DATE, "날짜" },
    { WORDS_TO, "받는 사람" },
    { WORDS_TO, "받는사람" },
    { WORDS_CC, "참조" },
    { WORDS_SUBJECT, "제목" },
    /* Vietnamese, Indonesian, Malay */
    { WORDS_FROM, "từ" },
    { WORDS_DATE, "đã gửi" },
    { WORDS_DATE, "ngày" },
    { WORDS_TO, "đến" },
    { WORDS_TO, "tới" },
    { WORDS_SUBJECT, "chủ đề" },
    { WORDS_SUBJECT, "tiêu đề" },
    { WORDS_FROM, "dari" },
    { WORDS_DATE, "dikirim" },
    { WORDS_DATE, "tanggal" },
    { WORDS_TO, "kepada" },
    { WORDS_TO, "ke" },
    { WORDS_SUBJECT, "subjek" },
    { WORDS_SUBJECT, "perihal" },
    { WORDS_FROM, "daripada" },
    { WORDS_DATE, "dihantar" },
    { WORDS_DATE, "tarikh" },
    { WORDS_SUBJECT, "subyek" },
};

struct separator_row {
    enum words_separator separator;
    const char *name;
};

static const struct separator_row separators[] = {
    /* English */
    { WORDS_ORIGINAL, "original message" },
    { WORDS_ORIGINAL, "original" },
    { WORDS_ORIGINAL, "reply message" },
    { WORDS_ORIGINAL, "original mail" },
    { WORDS_ORIGINAL, "original email" },
    { WORDS_ORIGINAL, "original appointment" },
    { WORDS_ORIGINAL, "reply above this line" },
    { WORDS_ORIGINAL, "previous message" },
    { WORDS_ORIGINAL, "reply to message" },
    { WORDS_FORWARD, "forwarded message" },
    { WORDS_FORWARD, "begin forwarded message" },
    { WORDS_FORWARD, "forwarded by" },
    { WORDS_FORWARD, "forwarded mail" },
    { WORDS_FORWARD, "start of forwarded message" },
    { WORDS_FORWARD, "start forwarded message" },
    /* German */
    { WORDS_ORIGINAL, "ursprüngliche nachricht" },
    { WORDS_ORIGINAL, "original-nachricht" },
    { WORDS_ORIGINAL, "originalnachricht" },
    { WORDS_ORIGINAL, "originale nachricht" },
    { WORDS_ORIGINAL, "antwort nachricht" },
    { WORDS_ORIGINAL, "ursprüngliche mail" },
    { WORDS_ORIGINAL, "original nachricht" },
    { WORDS_ORIGINAL, "ursprünglicher termin" },
    { WORDS_FORWARD, "weitergeleitete nachricht" },
    { WORDS_FORWARD, "anfang der weitergeleiteten nachricht" },
    { WORDS_FORWARD, "beginn der weitergeleiteten nachricht" },
    { WORDS_FORWARD, "weitergeleitete mail" },
    /* Dutch, Afrikaans */
    { WORDS_ORIGINAL, "oorspronkelijk bericht" },
    { WORDS_ORIGINAL, "origineel bericht" },
    { WORDS_ORIGINAL, "oorspronklike boodskap" },
    { WORDS_FORWARD, "doorgestuurd bericht" },
    { WORDS_FORWARD, "begin doorgestuurd bericht" },
    { WORDS_FORWARD, "doorgezonden bericht" },
    /* French */
    { WORDS_ORIGINAL, "message d'origine" },
    { WORDS_ORIGINAL, "message original" },
    { WORDS_ORIGINAL, "message d’origine" },
    { WORDS_ORIGINAL, "message initial" },
    { WORDS_ORIGINAL, "e-mail d'origine" },
    { WORDS_FORWARD, "message transféré" },
    { WORDS_FORWARD, "début du message transféré" },
    { WORDS_FORWARD, "début du message réexpédié" },
    { WORDS_FORWARD, "message réexpédié" },
    { WORDS_FORWARD, "forwarded message" },
    /* Spanish, Catalan, Galician, Basque */
    { WORDS_ORIGINAL, "mensaje original" },
    { WORDS_ORIGINAL, "missatge original" },
    { WORDS_ORIGINAL, "mensaxe orixinal" },
    { WORDS_ORIGINAL, "jatorrizko mezua" },
    { WORDS_FORWARD, "mensaje reenviado" },
    { WORDS_FORWARD, "inicio del mensaje reenviado" },
    { WORDS_FORWARD, "missatge reenviat" },
    { WORDS_FORWARD, "mensaxe reenviada" },
    { WORDS_FORWARD, "inici del missatge reenviat" },
    /* Portuguese */
    { WORDS_ORIGINAL, "mensagem original" },
    { WORDS_FORWARD, "mensagem encaminhada" },
    { WORDS_FORWARD, "mensagem reencaminhada" },
    { WORDS_FORWARD, "início da mensagem encaminhada" },
    { WORDS_FORWARD, "início da mensagem reencaminhada" },
    { WORDS_FORWARD, "início da mensagem reenviada" },
    /* Italian, Romanian */
    { WORDS_ORIGINAL, "messaggio originale" },
    { WORDS_ORIGINAL, "messaggio original" },
    { WORDS_FORWARD, "messaggio inoltrato" },
    { WORDS_FORWARD, "inizio messaggio inoltrato" },
    { WORDS_ORIGINAL, "mesajul original" },
    { WORDS_ORIGINAL, "mesaj original" },
    { WORDS_FORWARD, "mesaj redirecționat" },
    { WORDS_FORWARD, "mesaj transmis" },
    { WORDS_FORWARD, "începutul mesajului redirecționat" },
    /* Danish, Norwegian, Swedish, Icelandic */
    { WORDS_ORIGINAL, "oprindelig meddelelse" },
    { WORDS_ORIGINAL, "oprindelig besked" },
    { WORDS_ORIGINAL, "opprinnelig melding" },
    { WORDS_ORIGINAL, "original melding" },
    { WORDS_ORIGINAL, "ursprungligt meddelande" },
    { WORDS_ORIGINAL, "originalmeddelande" },
    { WORDS_ORIGINAL, "upprunaleg skilaboð" },
    { WORDS_FORWARD, "videresendt meddelelse" },
    { WORDS_FORWARD, "videresendt besked" },
    { WORDS_FORWARD, "videresendt melding" },
    { WORDS_FORWARD, "start på videresendt besked" },
    { WORDS_FORWARD, "videresendt e-post" },
    { WORDS_FORWARD, "videresend besked" },
    { WORDS_FORWARD, "start på videresendt melding" },
    { WORDS_FORWARD, "vidarebefordrat meddelande" },
    { WORDS_FORWARD, "vidarebefordrat brev" },
    { WORDS_FORWARD, "börja på vidarebefordrat meddelande" },
    { WORDS_FORWARD, "vidarebefordrat mejl" },
    /* Finnish, Estonian, Latvian, Lithuanian */
    { WORDS_ORIGINAL, "alkuperäinen viesti" },
    { WORDS_FORWARD, "välitetty viesti" },
    { WORDS_FORWARD, "edelleenlähetetty viesti" },
    { WORDS_FORWARD, "välitetty viesti alkaa" },
    { WORDS_FORWARD, "lähetetty edelleen" },
    { WORDS_ORIGINAL, "algne kiri" },
    { WORDS_ORIGINAL, "algne sõnum" },
    { WORDS_FORWARD, "edastatud kiri" },
    { WORDS_FORWARD, "edasisaadetud kiri" },
    { WORDS_FORWARD, "edastatud sõnum" },
    { WORDS_ORIGINAL, "oriģinālā vēstule" },
    { WORDS_ORIGINAL, "sākotnējā ziņa" },
    { WORDS_FORWARD, "pārsūtīta ziņa" },
    { WORDS_FORWARD, "pārsūtītais ziņojums" },
    { WORDS_ORIGINAL, "originalus laiškas" },
    { WORDS_FORWARD, "persiųstas laiškas" },
    { WORDS_FORWARD, "persiunčiamas laiškas" },
    /* Polish */
    { WORDS_ORIGINAL, "oryginalna wiadomość" },
    { WORDS_ORIGINAL, "wiadomość oryginalna" },
    { WORDS_ORIGINAL, "wiadomość pierwotna" },
    { WORDS_FORWARD, "przekazana wiadomość" },
    { WORDS_FORWARD, "wiadomość przekazana" },
    { WORDS_FORWARD, "wiadomość przekazana dalej" },
    { WORDS_FORWARD, "treść przekazanej wiadomości" },
    { WORDS_FORWARD, "początek przekazywanej wiadomości" },
    /* Czech, Slovak */
    { WORDS_ORIGINAL, "původní zpráva" },
    { WORDS_ORIGINAL, "původní e-mail" },
    { WORDS_ORIGINAL, "pôvodná správa" },
    { WORDS_FORWARD, "přeposlaná zpráva" },
    { WORDS_FORWARD, "preposlaná správa" },
    { WORDS_FORWARD, "předaná zpráva" },
    { WORDS_FORWARD, "začátek přeposílané zprávy" },
    { WORDS_FORWARD, "začiatok preposlanej správy" },
    /* Slovene, Croatian, Serbian */
    { WORDS_ORIGINAL, "izvirno sporočilo" },
    { WORDS_FORWARD, "posredovano sporočilo" },
    { WORDS_ORIGINAL, "izvorna poruka" },
    { WORDS_ORIGINAL, "originalna poruka" },
    { WORDS_FORWARD, "proslijeđena poruka" },
    { WORDS_FORWARD, "prosleđena poruka" },
    { WORDS_ORIGINAL, "оригинална порука" },
    { WORDS_FORWARD, "прослеђена порука" },
    /* Hungarian */
    { WORDS_ORIGINAL, "eredeti üzenet" },
    { WORDS_FORWARD, "továbbított üzenet" },
    { WORDS_FORWARD, "továbbított levél" },
    { WORDS_FORWARD, "a továbbított üzenet kezdete" },
    /* Russian, Ukrainian, Bulgarian */
    { WORDS_ORIGINAL, "исходное сообщение" },
    { WORDS_ORIGINAL, "оригинальное сообщение" },
    { WORDS_ORIGINAL, "исходное письмо" },
    { WORDS_FORWARD, "пересылаемое сообщение" },
    { WORDS_FORWARD, "пересланное сообщение" },
    { WORDS_FORWARD, "пересылаемое письмо" },
    { WORDS_FORWARD, "начало переадресованного сообщения" },
    { WORDS_FORWARD, "начало переадресованного письма" },
    { WORDS_FORWARD, "перенаправленное сообщение" },
    { WORDS_ORIGINAL, "оригінальне повідомлення" },
    { WORDS_ORIGINAL, "початкове повідомлення" },
    { WORDS_FORWARD, "переслане повідомлення" },
    { WORDS_FORWARD, "переслане письмо" },
    { WORDS_FORWARD, "початок переадресованого повідомлення" },
    { WORDS_ORIGINAL, "оригинално съобщение" },
    { WORDS_FORWARD, "препратено съобщение" },
    { WORDS_FORWARD, "препратено писмо" },
    /* Greek, Turkish */
    { WORDS_ORIGINAL, "αρχικό μήνυμα" },
    { WORDS_FORWARD, "προωθημένο μήνυμα" },
    { WORDS_FORWARD, "προωθούμενο μήνυμα" },
    { WORDS_FORWARD, "έναρξη προωθημένου μηνύματοσ" },
    { WORDS_ORIGINAL, "orijinal mesaj" },
    { WORDS_ORIGINAL, "özgün ileti" },
    { WORDS_ORIGINAL, "orijinal ileti" },
    { WORDS_FORWARD, "yönlendirilen mesaj" },
    { WORDS_FORWARD, "iletilen mesaj" },
    { WORDS_FORWARD, "yönlendirilmiş ileti" },
    { WORDS_FORWARD, "iletilen ileti başlangıcı" },
    { WORDS_FORWARD, "yönlendirilen iletinin başlangıcı" },
    /* Hebrew, Arabic, Persian */
    { WORDS_ORIGINAL, "הודעה מקורית" },
    { WORDS_FORWARD, "הודעה שהועברה" },
    { WORDS_FORWARD, "תחילת ההודעה שהועברה" },
    { WORDS_ORIGINAL, "الرسالة الأصلية" },
    { WORDS_ORIGINAL, "رسالة أصلية" },
    { WORDS_FORWARD, "رسالة محولة" },
    { WORDS_FORWARD, "رسالة معاد توجيهها" },
    { WORDS_FORWARD, "بداية الرسالة المعاد توجيهها" },
    { WORDS_FORWARD, "forwarded message" },
    { WORDS_ORIGINAL, "پیام اصلی" },
    { WORDS_FORWARD, "پیام فوروارد شده" },
    /* Chinese, Japanese, Korean */
    { WORDS_ORIGINAL, "原始邮件" },
    { WORDS_ORIGINAL, "原邮件" },
    { WORDS_ORIGINAL, "原始郵件" },
    { WORDS_ORIGINAL, "原始信件" },
    { WORDS_ORIGINAL, "邮件原件" },
    { WORDS_ORIGINAL, "回复的原邮件" },
    { WORDS_ORIGINAL, "原始消息" },
    { WORDS_FORWARD, "转发的邮件" },
    { WORDS_FORWARD, "转发邮件信息" },
    { WORDS_FORWARD, "转发的原邮件" },
    { WORDS_FORWARD, "转发邮件" },
    { WORDS_FORWARD, "轉寄郵件" },
    { WORDS_FORWARD, "轉寄的郵件" },
    { WORDS_FORWARD, "轉寄訊息" },
    { WORDS_FORWARD, "下面是被转发的邮件" },
    { WORDS_FORWARD, "開始轉寄郵件" },
    { WORDS_ORIGINAL, "元のメッセージ" },
    { WORDS_ORIGINAL, "元のメール" },
    { WORDS_ORIGINAL, "オリジナルメッセージ" },
    { WORDS_FORWARD, "転送されたメッセージ" },
    { WORDS_FORWARD, "転送メッセージ" },
    { WORDS_FORWARD, "転送メール" },
    { WORDS_ORIGINAL, "원본 메시지" },
    { WORDS_ORIGINAL, "원본 메일" },
    { WORDS_FORWARD, "전달된 메시지" },
    { WORDS_FORWARD, "전달된 메일" },
    { WORDS_FORWARD, "전달된 메시지 시작" },
    /* Vietnamese, Indonesian, Thai, Hindi */
    { WORDS_ORIGINAL, "thư gốc" },
    { WORDS_ORIGINAL, "tin nhắn gốc" },
    { WORDS_FORWARD, "thư đã chuyển tiếp" },
    { WORDS_FORWARD, "thư chuyển tiếp" },
    { WORDS_FORWARD, "tin nhắn đã chuyển tiếp" },
    { WORDS_ORIGINAL, "pesan asli" },
    { WORDS_FORWARD, "pesan terusan" },
    { WORDS_FORWARD, "pesan yang diteruskan" },
    { WORDS_ORIGINAL, "mesej asal" },
    { WORDS_FORWARD, "mesej yang dimajukan" },
    { WORDS_ORIGINAL, "ข้อความต้นฉบับ" },
    { WORDS_FORWARD, "ข้อความที่ส่งต่อ" },
    { WORDS_ORIGINAL, "मूल संदेश" },
    { WORDS_FORWARD, "अग्रेषित संदेश" },
};

/* Beginnings of a device's or program's signature line; it must name what it was sent
   from behind these, and be short. */
static const char *const sent_from[] = {
    /* English */ "sent from",
    "sent with",
    "sent via",
    "sent by",
    "sent using",
    "sent on the go",
    "from my iphone",
    "from my ipad",
    "from my android",
    "from my mobile",
    "from my phone",
    "from my samsung",
    "get outlook for",
    "get outlook",
    "sent through",
    "this email was sent from my",
    "typed on my",
    "written on my",
    "sent in my",
    /* German */ "gesendet von",
    "gesendet mit",
    "von meinem",
    "von meiner",
    "gesendet über",
    "diese nachricht wurde von meinem",
    "diese nachricht wurde von meiner",
    "diese mail wurde von meinem",
    "diese mail wurde von meiner",
    "von unterwegs gesendet",
    "holen sie sich outlook",
    "outlook für",
    "gesendet aus",
    "versendet mit",
    "diese e-mail wurde von meinem",
    "diese e-mail wurde von meiner",
    /* Dutch */ "verzonden vanaf",
    "verzonden met",
    "verzonden via",
    "verstuurd vanaf",
    "verstuurd met",
    "verstuurd vanuit",
    "outlook voor",
    "download outlook",
    "haal outlook",
    /* French */ "envoyé de",
    "envoyé depuis",
    "envoyé avec",
    "envoyé par",
    "envoyé à partir",
    "envoyé via",
    "obtenez outlook",
    "télécharger outlook",
    "de mon iphone",
    /* Spanish, Catalan, Basque */ "enviado desde",
    "enviado con",
    "enviado de",
    "obtener outlook",
    "obtén outlook",
    "enviat des",
    "enviat amb",
    "descargar outlook",
    "nire iphone",
    "enviado por",
    "enviado mediante",
    /* Portuguese */ "enviado do",
    "enviado a partir",
    "enviada do",
    "enviado pelo",
    "obter o outlook",
    "baixe o outlook",
    "enviado via",
    "enviado através",
    /* Italian, Romanian */ "inviato da",
    "inviato dal",
    "inviato con",
    "inviato tramite",
    "scarica outlook",
    "ottieni outlook",
    "trimis de pe",
    "trimis din",
    "trimis de la",
    "obțineți outlook",
    "trimis cu",
    /* Danish, Norwegian, Swedish, Icelandic */ "sendt fra",
    "sendt med",
    "hent outlook",
    "skickat från",
    "skickat med",
    "hämta outlook",
    "skaffa outlook",
    "sent úr",
    "sent frá",
    "skickades från",
    "få outlook",
    "last ned outlook",
    /* Finnish, Estonian, Latvian, Lithuanian */ "lähetetty",
    "hanki outlook",
    "saadetud minu",
    "saadetud",
    "nosūtīts no",
    "sūtīts no",
    "išsiųsta iš",
    "siųsta iš",
    /* Polish */ "wysłano z",
    "wysłane z",
    "wysłano za",
    "pobierz outlook",
    "uzyskaj outlook",
    "wysłane przez",
    /* Czech, Slovak */ "odesláno z",
    "odesláno ze",
    "odoslané z",
    "odoslané zo",
    "poslané z",
    "získejte outlook",
    "stáhnout outlook",
    "získať outlook",
    "posláno z",
    /* Slovene, Croatian, Serbian */ "poslano z",
    "poslano iz",
    "poslano s",
    "poslato sa",
    "poslato iz",
    "послато са",
    "послато са мог",
    /* Hungarian */ "elküldve a",
    "elküldve az",
    "küldve a",
    "iphone-omról küldve",
    "az outlook letöltése",
    "elküldve egy",
    "iphone készülékemről",
    /* Russian, Ukrainian, Belarusian, Bulgarian */ "отправлено с",
    "отправлено из",
    "послано с",
    "получить outlook",
    "скачать outlook",
    "надіслано з",
    "надіслано із",
    "відправлено з",
    "адпраўлена з",
    "изпратено от",
    "изпратено с",
    "получете outlook",
    /* Greek, Turkish */ "στάλθηκε από",
    "απεστάλη από",
    "εστάλη από",
    "λήψη του outlook",
    "iphone'umdan gönderildi",
    "iphone'dan gönderildi",
    "outlook for android'i edinin",
    "ipad'imden gönderildi",
    /* Hebrew, Arabic, Persian */ "נשלח מה",
    "נשלח מ",
    "أرسلت من",
    "مرسل من",
    "تم الإرسال من",
    "أُرسلت من",
    "ارسال شده از",
    "از آیفون من",
    /* Chinese, Japanese, Korean */ "发自我的",
    "從我的",
    "从我的",
    "来自我的",
    "来自",
    "傳送自",
    "寄自",
    "发送自",
    "自我的",
    "iphoneから送信",
    "ipadから送信",
    "androidから送信",
    "yahoo!メール",
    "私のiphoneから",
    "나의 iphone에서",
    "내 iphone에서",
    "나의 iphone에서",
    "iphone에서 보냄",
    "내 갤럭시",
    "나의 갤럭시",
    "삼성 갤럭시",
    "获取outlook",
    "outlook for ios を入手",
    "获取 outlook",
    "取得 outlook",
    /* Vietnamese, Indonesian, Malay, Thai, Hindi */ "được gửi từ",
    "gửi từ",
    "đã gửi từ",
    "dikirim dari",
    "terkirim dari",
    "dihantar dari",
    "dihantar daripada",
    "ส่งจาก",
    "मेरे iphone से",
    "dapatkan outlook",
};

/* What such a line names at its end, where it doesn't begin as above. */
static const char *const devices[] = {
    "iphone", "ipad",          "ipod",          "android", "blackberry",
    "mobile", "phone",         "smartphone",    "galaxy",  "tablet",
    "handy",  "mobile device", "windows phone", "pixel",   "huawei",
};

static const char *const forward_prefixes[] = {
    "fw",         "fwd",      "wg",    "tr",   "rv",       "enc",         "i",
    "doorst",     "vs",       "vb",    "vl",   "pd",       "fyi",         "ff",
    "továbbítás", "tov",      "ilt",   "转发", "轉寄",     "転送",        "fs",
    "pr",         "iletildi", "προωθ", "πρθ",  "전달",     "إعادة توجيه", "הועבר",
    "tvb",        "přep",     "fwd.",  "wtr",  "res: fwd",
};

char *
words_fold(struct slice line)
{
    GString *s = g_string_sized_new(64);
    g_autofree char *valid = g_utf8_make_valid(line.p, (gssize)MIN(line.n, 1000u));
    g_autofree char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL_COMPOSE);
    g_autofree char *lower = g_utf8_casefold(normal ? normal : valid, -1);
    for (const char *p = lower; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool mark = c == '*' || c == 0x200B || c == 0xFEFF || c == 0x200E || c == 0x200F
                    || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (!mark)
            g_string_append_unichar(s, c == 0x2019 ? '\'' : c);
    }
    return g_strstrip(g_string_free(s, FALSE));
}

/* Scripts that put no blanks between words, so that a word has no ends to look for. */
static bool
unspaced(gunichar c)
{
    return c >= 0x0E00 && !(c >= 0x1E00 && c <= 0x1FFF);
}

static bool
ends_word(const char *p)
{
    gunichar c = g_utf8_get_char(p);
    return !*p || !g_unichar_isalpha(c);
}

static bool
begins_word(const char *text, const char *p)
{
    const char *before = g_utf8_find_prev_char(text, p);
    return !before || !g_unichar_isalpha(g_utf8_get_char(before));
}

static bool
has_word(const char *text, const char *word)
{
    bool whole = !unspaced(g_utf8_get_char(word));
    for (const char *p = text; (p = strstr(p, word)); p++)
        if (!whole || (begins_word(text, p) && ends_word(p + strlen(word))))
            return true;
    return false;
}

static bool
begins_with_word(const char *text, const char *word)
{
    return g_str_has_prefix(text, word)
           && (unspaced(g_utf8_get_char(word)) || ends_word(text + strlen(word)));
}

bool
words_have_verb(const char *folded)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (has_word(folded, verbs[i]))
            return true;
    return false;
}

bool
words_end_in_verb(const char *folded)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        size_t n = strlen(folded), verb = strlen(verbs[i]);
        if (g_str_has_suffix(folded, verbs[i]) && begins_word(folded, folded + n - verb))
            return true;
    }
    return false;
}

bool
words_have_opener(const char *folded)
{
    for (size_t i = 0; i < G_N_ELEMENTS(openers); i++)
        if (begins_with_word(folded, openers[i]))
            return true;
    return false;
}

/* Every line with a colon or dashes asks, so these two are hashed: name -> label or
   separator. Made once, kept to the end. */
static GHashTable *label_names, *separator_names;

static void
make_tables(void)
{
    static gsize made;
    if (!g_once_init_enter(&made))
        return;
    label_names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
        g_hash_table_insert(label_names, (void *)(uintptr_t)labels[i].name,
                            GINT_TO_POINTER(labels[i].label));
    separator_names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(separators); i++)
        g_hash_table_insert(separator_names, (void *)(uintptr_t)separators[i].name,
                            GINT_TO_POINTER(separators[i].separator));
    g_once_init_leave(&made, 1);
}

enum words_label
words_label(const char *folded)
{
    const char *colon = strchr(folded, ':');
    if (!colon || colon - folded > 40)
        return WORDS_NO_LABEL;
    g_autofree char *name = g_strstrip(g_strndup(folded, (gsize)(colon - folded)));
    make_tables();
    return (enum words_label)GPOINTER_TO_INT(g_hash_table_lookup(label_names, name));
}

enum words_separator
words_separator(const char *folded)
{
    g_autofree char *name = g_strdup(folded);
    g_strdelimit(name, "-_=—–―:<>", ' ');
    g_strstrip(name);
    make_tables();
    if (g_str_has_prefix(name, "forwarded by "))
        return WORDS_FORWARD;
    return (enum words_separator)GPOINTER_TO_INT(
        g_hash_table_lookup(separator_names, name));
}

/* A short line of few words that ends in a device: "Someone from mobile". */
static bool
names_device(const char *text)
{
    size_t words = 1;
    for (const char *p = text; *p; p++)
        words += *p == ' ';
    if (words > 6 || strchr(text, '?')
        || !(has_word(text, "from") || has_word(text, "sent") || has_word(text, "via")))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++)
        if (has_word(text, devices[i]))
            return true;
    return false;
}

/* Runs of blanks as one, none at the ends, no dash at the beginning. */
static char *
words_squeeze(const char *text)
{
    GString *s = g_string_new(NULL);
    for (const char *p = text + strspn(text, "- \t"); *p; p++)
        if (*p != ' ' || (s->len && p[1] != ' ' && p[1] != '\0'))
            g_string_append_c(s, *p);
    return g_string_free(s, FALSE);
}

bool
words_sent_from(const char *folded)
{
    g_autofree char *plain = g_strdup(folded);
    g_strdelimit(plain, "[]<>()_~", ' '); /* "Get [Outlook for iOS](https://…)" */
    g_autofree char *text = words_squeeze(plain);
    if (!*text || strlen(text) > 200)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(sent_from); i++)
        if (begins_with_word(text, sent_from[i]))
            return true;
    return names_device(text);
}

bool
words_forward_prefix(const char *folded)
{
    for (size_t i = 0; i < G_N_ELEMENTS(forward_prefixes); i++)
        if (strcmp(folded, forward_prefixes[i]) == 0)
            return true;
    return false;
}
