/* What clients write around the words of others, one row a language: the line above a
   quote, Outlook's block, and what Thunderbird or Apple Mail puts above a forwarded mail. */
#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/mail/forward.h"
#include "common/mail/reply.h"

static const struct language {
    const char *name;
    const char *attribution;
    const char *from, *sent, *to, *subject; /* Outlook */
    const char *banner;                     /* of a forwarded mail */
    const char *date;                       /* in the block below it */
    const char *prefix;                     /* of a forwarded mail's subject */
} languages[] = {
    { "English", "On Tue, Sep 16, 2025 at 4:05 PM Desk <d@desk.example> wrote:", "From",
      "Sent", "To", "Subject", "---------- Forwarded message ---------", "Date", "Fwd" },
    { "German", "Am Di., 16. Sept. 2025 um 16:05 Uhr schrieb Desk <d@desk.example>:",
      "Von", "Gesendet", "An", "Betreff", "-------- Weitergeleitete Nachricht --------",
      "Datum", "WG" },
    { "Dutch", "Op di 16 sep 2025 om 16:05 schreef Desk <d@desk.example>:", "Van",
      "Verzonden", "Aan", "Onderwerp", "-------- Doorgestuurd bericht --------", "Datum",
      "Doorst" },
    { "French", "Le mar. 16 sept. 2025 à 16:05, Desk <d@desk.example> a écrit :", "De",
      "Envoyé", "À", "Objet", "-------- Message transféré --------", "Date", "TR" },
    { "Spanish",
      "El mar, 16 sept 2025 a las 16:05, Desk (<d@desk.example>) escribió:", "De",
      "Enviado", "Para", "Asunto", "-------- Mensaje reenviado --------", "Fecha", "RV" },
    { "Catalan",
      "Missatge de Desk <d@desk.example> del dia dt., 16 de set. 2025 a les 16:05:", "De",
      "Enviat", "Per a", "Assumpte", "-------- Missatge reenviat --------", "Data",
      "RV" },
    { "Portuguese",
      "Em ter., 16 de set. de 2025 às 16:05, Desk <d@desk.example> escreveu:", "De",
      "Enviado", "Para", "Assunto", "-------- Mensagem encaminhada --------", "Data",
      "ENC" },
    { "Italian",
      "Il giorno mar 16 set 2025 alle ore 16:05 Desk <d@desk.example> ha scritto:", "Da",
      "Inviato", "A", "Oggetto", "-------- Messaggio Inoltrato --------", "Data", "I" },
    { "Romanian", "În mar., 16 sept. 2025 la 16:05, Desk <d@desk.example> a scris:",
      "De la", "Trimis", "Către", "Subiect", "-------- Mesaj redirecționat --------",
      "Dată", "Redirecționat" },
    { "Danish", "Den tirs. 16. sep. 2025 kl. 16.05 skrev Desk <d@desk.example>:", "Fra",
      "Sendt", "Til", "Emne", "-------- Videresendt meddelelse --------", "Dato", "VS" },
    { "Norwegian", "tir. 16. sep. 2025 kl. 16:05 skrev Desk <d@desk.example>:", "Fra",
      "Sendt", "Til", "Emne", "-------- Videresendt melding --------", "Dato", "VS" },
    { "Swedish", "Den tis 16 sep. 2025 kl 16:05 skrev Desk <d@desk.example>:", "Från",
      "Skickat", "Till", "Ämne", "-------- Vidarebefordrat meddelande --------", "Datum",
      "VB" },
    { "Icelandic",
      "Þann þri., 16. sep. 2025 kl. 16:05 skrifaði Desk <d@desk.example>:", "Frá", "Sent",
      "Til", "Efni", "-------- Áframsend skilaboð --------", "Dags", "FS" },
    { "Finnish", "ti 16. syysk. 2025 klo 16.05 Desk (d@desk.example) kirjoitti:",
      "Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe",
      "-------- Välitetty viesti --------", "Päivämäärä", "VL" },
    { "Estonian",
      "Kuupäev T, 16. september 2025 kell 16:05 kirjutas Desk (<d@desk.example>):",
      "Saatja", "Saadetud", "Adressaat", "Teema", "-------- Edastatud kiri --------",
      "Kuupäev", "Edasi" },
    { "Latvian",
      "otrd., 2025. g. 16. sept., plkst. 16:05 — lietotājs Desk (<d@desk.example>) "
      "rakstīja:",
      "No", "Nosūtīts", "Kam", "Tēma", "-------- Pārsūtīta ziņa --------", "Datums",
      "Pārs" },
    { "Lithuanian", "2025-09-16, an, 16:05 Desk <d@desk.example> rašė:", "Nuo",
      "Išsiųsta", "Kam", "Tema", "-------- Persiųstas laiškas --------", "Data", "Per" },
    { "Polish", "wt., 16 wrz 2025 o 16:05 Desk <d@desk.example> napisał(a):", "Od",
      "Wysłane", "Do", "Temat", "-------- Treść przekazanej wiadomości --------", "Data",
      "PD" },
    { "Czech", "út 16. 9. 2025 v 16:05 odesílatel Desk <d@desk.example> napsal:", "Od",
      "Odesláno", "Komu", "Předmět", "-------- Přeposlaná zpráva --------", "Datum",
      "Přep" },
    { "Slovak", "ut 16. 9. 2025 o 16:05 Desk <d@desk.example> napísal(a):", "Od",
      "Odoslané", "Komu", "Predmet", "-------- Preposlaná správa --------", "Dátum",
      "Prep" },
    { "Slovene",
      "V V tor., 16. sep. 2025 ob 16:05 je oseba Desk <d@desk.example> napisala:", "Od",
      "Poslano", "Za", "Zadeva", "-------- Posredovano sporočilo --------", "Datum",
      "PSR" },
    { "Croatian", "uto, 16. ruj 2025. u 16:05 Desk <d@desk.example> napisao je:", "Od",
      "Poslano", "Prima", "Predmet", "-------- Proslijeđena poruka --------", "Datum",
      "Prosl" },
    { "Serbian", "уто, 16. сеп 2025. у 16:05 Desk <d@desk.example> је написао/ла:", "Од",
      "Послато", "За", "Тема", "-------- Прослеђена порука --------", "Датум", "ПРОСЛ" },
    { "Hungarian",
      "Desk <d@desk.example> ezt írta (időpont: 2025. szept. 16., K, 16:05):", "Feladó",
      "Elküldve", "Címzett", "Tárgy", "-------- Továbbított üzenet --------", "Dátum",
      "TOV" },
    { "Russian", "вт, 16 сент. 2025 г. в 16:05, Desk <d@desk.example>:", "От",
      "Отправлено", "Кому", "Тема", "-------- Пересылаемое сообщение --------", "Дата",
      "Пер" },
    { "Ukrainian", "вт, 16 вер. 2025 р. о 16:05 Desk <d@desk.example> пише:", "Від",
      "Надіслано", "Кому", "Тема", "-------- Переслане повідомлення --------", "Дата",
      "Пер" },
    { "Bulgarian", "На вт, 16.09.2025 г. в 16:05 Desk <d@desk.example> написа:", "От",
      "Изпратено", "До", "Относно", "-------- Препратено съобщение --------", "Дата",
      "Препр" },
    { "Greek", "Στις Τρί 16 Σεπ 2025 στις 4:05 μ.μ., ο/η Desk <d@desk.example> έγραψε:",
      "Από", "Στάλθηκε", "Προς", "Θέμα", "-------- Προωθημένο μήνυμα --------",
      "Ημερομηνία", "ΠΡΘ" },
    { "Turkish", "Desk <d@desk.example>, 16 Eyl 2025 Sal, 16:05 tarihinde şunu yazdı:",
      "Kimden", "Gönderildi", "Kime", "Konu", "-------- Yönlendirilen Mesaj --------",
      "Tarih", "İlt" },
    { "Hebrew",
      "\342\200\253"
      "בתאריך יום ג׳, 16 בספט׳ 2025 ב-16:05 מאת \342\200\252"
      "Desk\342\200\254\342\200\217 "
      "<d@desk.example>:",
      "מאת", "נשלח", "אל", "נושא", "-------- הודעה שהועברה --------", "תאריך", "הועבר" },
    { "Arabic",
      "في الثلاثاء، ١٦ سبتمبر ٢٠٢٥ في ٤:٠٥ م تمت كتابة ما يلي بواسطة \342\200\252"
      "Desk\342\200\254\342\200\217 "
      "<d@desk.example>:",
      "من", "تم الإرسال", "إلى", "الموضوع", "-------- رسالة محولة --------", "التاريخ",
      "إعادة توجيه" },
    { "Persian",
      "در تاریخ سه‌شنبه ۱۶ سپتامبر ۲۰۲۵، ۱۶:۰۵ Desk "
      "<d@desk.example> "
      "نوشت:",
      "از", "ارسال شده", "به", "موضوع", "-------- پیام فوروارد شده --------", "تاریخ",
      "Fwd" },
    { "Hindi", "मंगल, 16 सित॰ 2025 को 4:05 pm बजे को Desk <d@desk.example> ने लिखा:", "प्रेषक",
      "भेजा गया", "प्रति", "विषय", "-------- अग्रेषित संदेश --------", "दिनांक", "Fwd" },
    { "Thai", "ในวันที่ อ. 16 ก.ย. 2025 เวลา 16:05 Desk <d@desk.example> เขียนว่า:", "จาก",
      "ส่งเมื่อ", "ถึง", "เรื่อง", "-------- ข้อความที่ส่งต่อ --------", "วันที่", "Fwd" },
    { "Vietnamese",
      "Vào Th 3, 16 thg 9, 2025 vào lúc 16:05 Desk <d@desk.example> đã viết:", "Từ",
      "Đã gửi", "Đến", "Chủ đề", "-------- Thư đã chuyển tiếp --------", "Ngày", "Fwd" },
    { "Indonesian",
      "Pada tanggal Sel, 16 Sep 2025 pukul 16.05 Desk <d@desk.example> menulis:", "Dari",
      "Dikirim", "Kepada", "Subjek", "-------- Pesan Terusan --------", "Tanggal",
      "Fwd" },
    { "Chinese", "Desk <d@desk.example> 于2025年9月16日周二 16:05写道：", "发件人",
      "发送时间", "收件人", "主题", "-------- 转发的邮件 --------", "日期", "转发" },
    { "Chinese of Taiwan", "Desk <d@desk.example> 於 2025年9月16日 週二 下午4:05寫道：",
      "寄件者", "寄件日期", "收件者", "主旨", "-------- 轉寄郵件 --------", "日期",
      "轉寄" },
    { "Japanese", "2025年9月16日(火) 16:05 Desk <d@desk.example>:", "差出人", "送信日時",
      "宛先", "件名", "-------- 転送されたメッセージ --------", "日付", "転送" },
    { "Korean", "2025년 9월 16일 (화) 오후 4:05, Desk <d@desk.example>님이 작성:",
      "보낸 사람", "보낸 날짜", "받는 사람", "제목", "-------- 전달된 메시지 --------",
      "날짜", "전달" },
};

static size_t failed;

static void
expect(const char *language, const char *what, const char *got, const char *want)
{
    if (strcmp(got, want) == 0)
        return;
    print_error("%s, %s: \"%s\" is not \"%s\"\n", language, what, got, want);
    failed++;
}

static void
expect_answer(const struct language *l, const char *what, const char *frame)
{
    g_autofree char *text =
        g_strconcat("Fine now.\n\n", frame, "\n\nDoes the printer print?\n", NULL);
    struct reply_input in = { .text = slice_from(text) };
    g_auto(ReplySplit) split = reply_split(&in);
    expect(l->name, what, split.reply, "Fine now.");
}

static void
test_attribution(void **state)
{
    (void)state;
    failed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++)
        expect_answer(&languages[i], "attribution", languages[i].attribution);
    assert_int_equal(failed, 0);
}

/* Four fields, as Outlook on Windows writes them, and with its Cc and importance. */
static void
test_block(void **state)
{
    (void)state;
    failed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
        const struct language *l = &languages[i];
        g_autofree char *block = g_strdup_printf(
            "%s: Desk <d@desk.example>\n%s: 16/9/2025 16:05\n%s: Ann\n%s: "
            "printer",
            l->from, l->sent, l->to, l->subject);
        expect_answer(l, "block", block);
        g_autofree char *bold =
            g_strdup_printf("________________________________\n*%s:* Desk "
                            "<d@desk.example>\n*%s:* 16/9/2025 "
                            "16:05\n*%s:* Ann\n*Cc:* Bob\n*%s:* printer",
                            l->from, l->sent, l->to, l->subject);
        expect_answer(l, "bold block", bold);
    }
    assert_int_equal(failed, 0);
}

static void
expect_forward(const struct language *l, const char *what, const char *subject,
               const char *text)
{
    g_auto(Forwarded) f = { 0 };
    if (!forward_find(slice_from(text), slice_from(subject), &f)) {
        expect(l->name, what, "nothing", "a forwarded mail");
        return;
    }
    expect(l->name, what, f.from, "Bob <bob@example.org>");
    expect(l->name, what, f.date, "16/9/2025 16:05");
    expect(l->name, what, f.subject, "leak");
    expect(l->name, what, f.text, "Water.");
}

static void
test_forward(void **state)
{
    (void)state;
    failed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
        const struct language *l = &languages[i];
        g_autofree char *banner =
            g_strdup_printf("Please.\n\n%s\n%s: \tleak\n%s: \t16/9/2025 16:05\n%s: \tBob "
                            "<bob@example.org>\n%s: \tAnn\n\n\nWater.\n",
                            l->banner, l->subject, l->date, l->from, l->to);
        expect_forward(l, "banner", "leak", banner);
        g_autofree char *subject = g_strdup_printf("%s: leak", l->prefix);
        g_autofree char *outlook = g_strdup_printf(
            "Please.\n\n%s: Bob <bob@example.org>\n%s: 16/9/2025 16:05\n%s: Ann\n%s: "
            "leak\n\nWater.\n",
            l->from, l->sent, l->to, l->subject);
        expect_forward(l, "Outlook's", subject, outlook);
    }
    assert_int_equal(failed, 0);
}

/* Apple Mail: a line without dashes, the block quoted or not. */
static void
test_apple(void **state)
{
    static const struct {
        const char *language, *line, *from, *subject, *date, *to;
    } cases[] = {
        { "English", "Begin forwarded message:", "From", "Subject", "Date", "To" },
        { "German", "Anfang der weitergeleiteten Nachricht:", "Von", "Betreff", "Datum",
          "An" },
        { "French", "Début du message réexpédié :", "De", "Objet", "Date", "À" },
        { "Spanish", "Inicio del mensaje reenviado:", "De", "Asunto", "Fecha", "Para" },
        { "Italian", "Inizio messaggio inoltrato:", "Da", "Oggetto", "Data", "A" },
        { "Portuguese", "Início da mensagem reencaminhada:", "De", "Assunto", "Data",
          "Para" },
        { "Dutch", "Begin doorgestuurd bericht:", "Van", "Onderwerp", "Datum", "Aan" },
        { "Danish", "Start på videresendt besked:", "Fra", "Emne", "Dato", "Til" },
        { "Norwegian", "Videresendt melding:", "Fra", "Emne", "Dato", "Til" },
        { "Swedish", "Vidarebefordrat brev:", "Från", "Ämne", "Datum", "Till" },
        { "Finnish", "Välitetty viesti alkaa:", "Lähettäjä", "Aihe", "Päivämäärä",
          "Vastaanottaja" },
        { "Polish", "Początek przekazywanej wiadomości:", "Od", "Temat", "Data", "Do" },
        { "Czech", "Začátek přeposílané zprávy:", "Od", "Předmět", "Datum", "Komu" },
        { "Hungarian", "A továbbított üzenet kezdete:", "Feladó", "Tárgy", "Dátum",
          "Címzett" },
        { "Russian", "Начало переадресованного сообщения:", "От", "Тема", "Дата",
          "Кому" },
        { "Turkish", "İletilen ileti başlangıcı:", "Kimden", "Konu", "Tarih", "Kime" },
        { "Chinese", "开始转发邮件：", "发件人", "主题", "日期", "收件人" },
        { "Japanese", "転送されたメッセージ：", "差出人", "件名", "日付", "宛先" },
        { "Korean", "전달된 메시지 시작:", "보낸 사람", "제목", "날짜", "받는 사람" },
    };
    (void)state;
    failed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct language l = { .name = cases[i].language };
        for (int quoted = 0; quoted < 2; quoted++) {
            const char *mark = quoted ? "> " : "";
            g_autofree char *text = g_strdup_printf(
                "%s\n\n%s%s: Bob <bob@example.org>\n%s%s: leak\n%s%s: 16/9/2025 16:05\n"
                "%s%s: Ann\n%s\n%sWater.\n",
                cases[i].line, mark, cases[i].from, mark, cases[i].subject, mark,
                cases[i].date, mark, cases[i].to, mark, mark);
            expect_forward(&l, quoted ? "Apple, quoted" : "Apple", "leak", text);
        }
    }
    assert_int_equal(failed, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribution),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_apple),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
