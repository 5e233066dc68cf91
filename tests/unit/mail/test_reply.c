#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/reply.h"

static ReplySplit
split(const char *text, const struct slice *known, size_t n_known)
{
    size_t n = strlen(text);
    g_autofree char *exact = g_memdup2(text, n);
    struct reply_input in = { .text = { exact, n }, .known = known, .n_known = n_known };
    return reply_split(&in);
}

struct reply_case {
    const char *name, *text, *reply, *quoted, *signature;
};

static void
check(const struct reply_case *c, ReplySplit got, size_t *failed)
{
    if (strcmp(got.reply, c->reply) == 0
        && (!c->quoted || strcmp(got.quoted, c->quoted) == 0)
        && (!c->signature || strcmp(got.signature, c->signature) == 0))
        return;
    print_error("%s: reply \"%s\" quoted \"%s\" signature \"%s\"\n", c->name, got.reply,
                got.quoted, got.signature);
    (*failed)++;
}

static void
test_shapes(void **state)
{
    static const struct reply_case cases[] = {
        { "empty", "", "", "", "" },
        { "only words", "It works now.\n", "It works now.", "", "" },
        { "answer on top",
          "It works now.\n\nOn Mon, 3 Mar 2025 at 10:15, Help <help@desk."
          "example> wrote:\n> Does it work?\n",
          "It works now.",
          "On Mon, 3 Mar 2025 at 10:15, Help <help@desk.example> wrote:\n> Does it work?",
          "" },
        { "answer below",
          "On 3 Mar 2025 10:15, Help wrote:\n> Does it work?\n\nYes, thanks.\n",
          "Yes, thanks.", "On 3 Mar 2025 10:15, Help wrote:\n> Does it work?", "" },
        { "answers between",
          "On 3 Mar 2025 10:15, Help wrote:\n> Does it work?\n\nYes.\n\n> And the other "
          "one?\n\nNo.\n\n> Kind regards\n",
          "> Does it work?\n\nYes.\n\n> And the other one?\n\nNo.",
          "On 3 Mar 2025 10:15, Help wrote:\n> Kind regards", "" },
        { "quoted by hand", "> the red one\n\nI mean this.",
          "> the red one\n\nI mean this.", "", "" },
        { "nothing but a quote", "> the red one\n", "> the red one", "", "" },
        { "nothing but a signature above a quote",
          "Sent from my iPhone\n\nOn 3 Mar 2025 10:15, Help wrote:\n> Does it work?\n",
          "Sent from my iPhone", NULL, "" },
        { "signature", "Yes.\n-- \nAnn Example\nExample Ltd\n", "Yes.", "",
          "-- \nAnn Example\nExample Ltd" },
        { "signature without its blank", "Yes.\n--\nAnn\n", "Yes.", "", "--\nAnn" },
        { "dashes that begin points", "Please:\n-- check one\n-- check two\n",
          "Please:\n-- check one\n-- check two", "", "" },
        { "list's footer",
          "Yes.\n\n_______________________________________________\n"
          "users mailing list\nhttp://lists.example/users\n",
          "Yes.", "", NULL },
        { "header block",
          "Yes.\n\nFrom: Help Desk\nSent: Monday, 3 March 2025 10:15\nTo: "
          "Ann\nSubject: RE: printer\n\nDoes it work?\n",
          "Yes.", NULL, "" },
        { "header block below a line",
          "Yes.\n________________________________\nFrom: Help <help@desk.example>\nSent: "
          "Monday\nSubject: x\n\nDoes it?\n",
          "Yes.", NULL, "" },
        { "no header block", "From: Berlin\nTo: Prague\nDate: 3 May\nTwo persons.\n",
          "From: Berlin\nTo: Prague\nDate: 3 May\nTwo persons.", "", "" },
        { "separator", "Yes.\n\n-----Original Message-----\nDoes it?\n", "Yes.", NULL,
          "" },
        { "separator that lost its line end",
          "Yes.\n-------- Original message --------From: Help <help@desk.example> Date: "
          "3/3/25 10:15 To: Ann Subject: x Does it?\n",
          "Yes.", NULL, "" },
        { "table of one's own", "-------- a -------- b --------\nc",
          "-------- a -------- b --------\nc", "", "" },
        { "rules of one's own", "a\n-----\nb\n=====\nc\n", "a\n-----\nb\n=====\nc", "",
          "" },
        { "looks like an attribution",
          "On the other hand, it was 10:15 when Bob came.\nHe said this:\nno.\n",
          "On the other hand, it was 10:15 when Bob came.\nHe said this:\nno.", "", "" },
        { "attribution wrapped",
          "Yes.\nOn Mon, Mar 3, 2025 at 10:15 AM Help Desk of Example "
          "<\nhelp@desk.example> "
          "wrote:\n\n> Does it?\n",
          "Yes.", NULL, "" },
        { "attribution in the line",
          "Yes. On Mon, Mar 3, 2025, Help wrote:\n> Does it?\n", "Yes.", NULL, "" },
        { "carriage returns",
          "Yes.\r\n\r\nOn 3 Mar 2025 10:15, Help wrote:\r\n> Does it?\r\n", "Yes.", NULL,
          "" },
        { "a face", "Bad\n>:(\nreally", "Bad\n>:(\nreally", "", "" },
        { "forwarded below words",
          "Please see to this.\n\n---------- Forwarded message ---------\nFrom: Bob "
          "<bob@example.org>\nDate: Mon, 3 Mar 2025\nSubject: leak\nTo: "
          "<ann@example.com>\n\n"
          "Water everywhere.\n",
          "Please see to this.\n\n---------- Forwarded message ---------\nFrom: Bob "
          "<bob@example.org>\nDate: Mon, 3 Mar 2025\nSubject: leak\nTo: "
          "<ann@example.com>\n\n"
          "Water everywhere.",
          "", "" },
        { "signature above what is forwarded",
          "Please see.\n-- \nAnn\n\n---------- Forwarded message ---------\nFrom: Bob "
          "<bob@example.org>\nDate: Monday\nSubject: leak\n\nWater.\n-- \nBob\n",
          "Please see.\n\n---------- Forwarded message ---------\nFrom: Bob "
          "<bob@example.org>\nDate: Monday\nSubject: leak\n\nWater.\n-- \nBob",
          "", "-- \nAnn" },
        { "nothing but forwarded",
          "---------- Forwarded message ---------\nFrom: Bob <bob@example.org>\nDate: "
          "Mon, 3 "
          "Mar 2025\nSubject: leak\nTo: <ann@example.com>\n\nWater everywhere.\n",
          "Water everywhere.", "", "" },
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(ReplySplit) got = split(cases[i].text, NULL, 0);
        check(&cases[i], got, &failed);
    }
    assert_int_equal(failed, 0);
}

/* Each stands between an answer and an unmarked quote, so that only it shows the quote. */
static void
test_attributions(void **state)
{
    static const char *const lines[] = {
        "On Mon, Mar 3, 2025 at 10:15 AM Help Desk <help@desk.example> wrote:",
        "Am Mo., 3. März 2025 um 10:15 Uhr schrieb Help Desk <help@desk.example>:",
        "Am 03.03.2025 um 10:15 schrieb Help Desk:",
        "Op ma 3 mrt 2025 om 10:15 schreef Help Desk <help@desk.example>:",
        "Le lun. 3 mars 2025 à 10:15, Help Desk <help@desk.example> a écrit :",
        "El lun, 3 mar 2025 a las 10:15, Help Desk (<help@desk.example>) escribió:",
        "El dl., 3 de març 2025, 10:15, Help Desk <help@desk.example> va escriure:",
        "Em seg., 3 de mar. de 2025 às 10:15, Help Desk <help@desk.example> escreveu:",
        "Il giorno lun 3 mar 2025 alle ore 10:15 Help Desk <help@desk.example> ha "
        "scritto:",
        "În lun., 3 mar. 2025 la 10:15, Help Desk <help@desk.example> a scris:",
        "Den mån 3 mars 2025 kl 10:15 skrev Help Desk <help@desk.example>:",
        "På 3 mars 2025 på 10:15:18, Help Desk (help@desk.example) skrev:",
        "Den man. 3. mar. 2025 kl. 10.15 skrev Help Desk <help@desk.example>:",
        "man. 3. mars 2025 kl. 10:15 skrev Help Desk <help@desk.example>:",
        "ma 3. maalisk. 2025 klo 10.15 Help Desk (help@desk.example) kirjoitti:",
        "Kuup\303\244ev E, 3. m\303\244rts 2025 kell 10:15 kirjutas Help Desk "
        "(<help@desk.example>):",
        "Pirmd., 2025. g. 3. marts plkst. 10:15 \342\200\224 lietot\304\201js Help Desk "
        "(<help@desk.example>) rakst\304\253ja:",
        "2025-03-03, pr, 10:15 Help Desk <help@desk.example> ra\305\241\304\227:",
        "pon., 3 mar 2025 o 10:15 Help Desk <help@desk.example> napisał(a):",
        "W dniu 3.03.2025 o 10:15, Help Desk pisze:",
        "po 3. 3. 2025 v 10:15 odesílatel Help Desk <help@desk.example> napsal:",
        "Dňa po 3. 3. 2025 o 10:15 Help Desk <help@desk.example> napísal(a):",
        "V V pon., 3. mar. 2025 ob 10:15 je oseba Help Desk <help@desk.example> "
        "napisala:",
        "pon, 3. ožu 2025. u 10:15 Help Desk <help@desk.example> napisao je:",
        "Help Desk <help@desk.example> ezt írta (időpont: 2025. márc. 3., H, 10:15):",
        "пн, 3 мар. 2025 г. в 10:15, Help Desk <help@desk.example>:",
        "3 марта 2025 г., в 10:15, Help Desk <help@desk.example> написал(а):",
        "пн, 3 бер. 2025 р. о 10:15 Help Desk <help@desk.example> пише:",
        "На пн, 3.03.2025 г. в 10:15 Help Desk <help@desk.example> написа:",
        "Στις Δευ 3 Μαρ 2025 στις 10:15 π.μ., ο/η Help Desk <help@desk.example> έγραψε:",
        "Help Desk <help@desk.example>, 3 Mar 2025 Pzt, 10:15 tarihinde şunu yazdı:",
        "בתאריך יום ב׳, 3 במרץ 2025 ב-10:15 מאת Help Desk <help@desk.example>:",
        "في الاثنين، 3 مارس 2025 في 10:15 ص تمت كتابة ما يلي بواسطة Help Desk "
        "<help@desk.example>:",
        "در تاریخ دوشنبه ۳ مارس ۲۰۲۵، Help Desk <help@desk.example> نوشت:",
        "सोम, 3 मार्च 2025 को 10:15 am बजे को Help Desk <help@desk.example> ने लिखा:",
        "ในวันที่ จ. 3 มี.ค. 2025 เวลา 10:15 Help Desk <help@desk.example> เขียนว่า:",
        "Help Desk <help@desk.example> 于2025年3月3日周一 10:15写道：",
        "Help Desk <help@desk.example> 於 2025年3月3日 週一 上午10:15寫道：",
        "2025年3月3日(月) 10:15 Help Desk <help@desk.example>:",
        "2025/03/03 10:15、Help Desk <help@desk.example>のメール:",
        "2025년 3월 3일 (월) 오전 10:15, Help Desk <help@desk.example>님이 작성:",
        "Vào Th 2, 3 thg 3, 2025 vào lúc 10:15 Help Desk <help@desk.example> đã viết:",
        "Pada tanggal Sen, 3 Mar 2025 pukul 10.15 Help Desk <help@desk.example> menulis:",
        "Op Ma. 3 Mrt. 2025 om 10:15 het Help Desk <help@desk.example> geskryf:",
        "Þann mán., 3. mars 2025 kl. 10:15 skrifaði Help Desk <help@desk.example>:",
        "03.03.2025, 10:15, \"Help Desk\" <help@desk.example>:",
        "---- On Mon, 03 Mar 2025 10:15:00 +0100 Help <help@desk.example> wrote ----",
        "Help Desk <help@desk.example> wrote:",
        "Op 3 mrt. 2025 om 10:15 heeft Help Desk <help@desk.example>\nhet volgende "
        "geschreven:",
        "*From:* Help Desk <help@desk.example>\n*Sent:* Monday, 3 March 2025\n*To:* Ann\n"
        "*Subject:* printer",
        "-----Ursprüngliche Nachricht-----\nVon: Help Desk\nGesendet: Montag",
        "Von: Help Desk\nGesendet: Montag, 3. März 2025 10:15\nAn: Ann\nBetreff: Drucker",
        "De : Help Desk\nEnvoyé : lundi 3 mars 2025 10:15\nÀ : Ann\nObjet : imprimante",
        "De: Help Desk\nEnviado el: lunes, 3 de marzo de 2025\nPara: Ann\nAsunto: x",
        "De: Help Desk\nEnviada em: segunda-feira, 3 de março\nPara: Ann\nAssunto: x",
        "Da: Help Desk\nInviato: lunedì 3 marzo 2025\nA: Ann\nOggetto: x",
        "Van: Help Desk\nVerzonden: maandag 3 maart 2025\nAan: Ann\nOnderwerp: x",
        "Fra: Help Desk\nSendt: 3. marts 2025\nTil: Ann\nEmne: x",
        "Från: Help Desk\nSkickat: den 3 mars 2025\nTill: Ann\nÄmne: x",
        "Lähettäjä: Help Desk\nLähetetty: 3. maaliskuuta 2025\nVastaanottaja: Ann\nAihe: "
        "x",
        "Od: Help Desk\nWysłano: 3 marca 2025\nDo: Ann\nTemat: x",
        "Od: Help Desk\nOdesláno: 3. března 2025\nKomu: Ann\nPředmět: x",
        "Feladó: Help Desk\nElküldve: 2025. március 3.\nCímzett: Ann\nTárgy: x",
        "От: Help Desk\nОтправлено: 3 марта 2025 г.\nКому: Ann\nТема: x",
        "Від: Help Desk\nНадіслано: 3 березня 2025\nКому: Ann\nТема: x",
        "Από: Help Desk\nΣτάλθηκε: Δευτέρα, 3 Μαρτίου 2025\nΠρος: Ann\nΘέμα: x",
        "Kimden: Help Desk\nGönderildi: 3 Mart 2025\nKime: Ann\nKonu: x",
        "מאת: Help Desk\nנשלח: יום שני 3 מרץ 2025\nאל: Ann\nנושא: x",
        "发件人: Help Desk\n发送时间: 2025年3月3日\n收件人: Ann\n主题: x",
        "差出人: Help Desk\n送信日時: 2025年3月3日\n宛先: Ann\n件名: x",
        "보낸 사람: Help Desk\n보낸 날짜: 2025년 3월 3일\n받는 사람: Ann\n제목: x",
        "------------------ 原始邮件 ------------------",
        "-------- Message d'origine --------",
        "________________________________\nFrom: Help <help@desk.example>\nSent: 3 March",
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *text =
            g_strconcat("Fine now.\n\n", lines[i], "\n\nDoes the printer print?\n", NULL);
        g_autofree char *quoted =
            g_strconcat(lines[i], "\n\nDoes the printer print?", NULL);
        g_auto(ReplySplit) got = split(text, NULL, 0);
        struct reply_case want = { lines[i], NULL, "Fine now.", quoted, "" };
        check(&want, got, &failed);
    }
    assert_int_equal(failed, 0);
}

/* Words of people that have something of a frame; nothing may be cut. */
static void
test_no_frames(void **state)
{
    static const char *const texts[] = {
        "On Monday I wrote you that:\nthe printer is dead.",
        "Meet at 10:15 with ann@example.com:\nbring paper.",
        "I sent the following to ann@example.com:\nthe printer is dead.",
        "Yesterday at 10:15 Bob wrote:\nI can't log in.",
        "Date: 3 May\nPlace: Berlin\nTime: 10:15",
        "To: be done\nSubject: unclear",
        "Name: Ann\nE-Mail: ann@example.com\nMessage: help",
        "Error at 2025-03-03 10:15:\ndisk full",
        "Please add these by 3/4/2025:\n- ann@example.com\n- bob@example.com",
        "# 10:15\n```\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n```",
        "1. open\n2. close\n---\nthat's all",
        "Done.\n\nSent from my desk, where it is much easier than on a phone.",
        "The total:\n----------------\n42 EUR",
        "Hello:\n\nit was sent from my phone yesterday, and it wasn't mobile.\nBye",
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(ReplySplit) got = split(texts[i], NULL, 0);
        struct reply_case want = { texts[i], NULL, texts[i], "", "" };
        check(&want, got, &failed);
    }
    assert_int_equal(failed, 0);
}

static void
test_sent_from(void **state)
{
    static const char *const lines[] = {
        "Sent from my iPhone",
        "Sent from Outlook for Android<https://aka.ms/x>",
        "Get Outlook for iOS<https://aka.ms/x>",
        "Get [Outlook for iOS](https://aka.ms/x)",
        "Gesendet von meinem iPhone",
        "Von meinem iPad gesendet",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłano z iPhone'a",
        "Odesláno z iPhonu",
        "Odoslané z iPhonu",
        "Poslano z mojega iPhone",
        "Elküldve az iPhone-omról",
        "Trimis de pe iPhone-ul meu",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
        "Изпратено от моя iPhone",
        "Στάλθηκε από το iPhone μου",
        "iPhone'umdan gönderildi",
        "נשלח מה-iPhone שלי",
        "أرسلت من الـ iPhone",
        "发自我的 iPhone",
        "從我的 iPhone 傳送",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "Được gửi từ iPhone của tôi",
        "Dikirim dari iPhone saya",
        "ส่งจาก iPhone ของฉัน",
        "Saadetud minu iPhone'ist",
        "Nosūtīts no mana iPhone",
        "Išsiųsta iš mano iPhone",
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *text = g_strconcat("Fine now.\n\n", lines[i], "\n", NULL);
        g_auto(ReplySplit) got = split(text, NULL, 0);
        struct reply_case want = { lines[i], NULL, "Fine now.", "", lines[i] };
        check(&want, got, &failed);
    }
    assert_int_equal(failed, 0);
}

static void
test_known(void **state)
{
    static const char ours[] =
        "Dear Ann,\n\nplease switch the printer off, wait for ten seconds, and switch it "
        "on "
        "again. Does it print now?\n\nKind regards\nYour Help Desk\n";
    static const struct reply_case cases[] = {
        { "rewrapped, no frame, no marks",
          "It prints.\n\nDear Ann,\nplease switch the printer\noff, wait for ten "
          "seconds, "
          "and\nswitch it on again. Does it print\nnow?\nKind regards\nYour Help Desk\n",
          "It prints.", NULL, "" },
        { "below a frame in no language",
          "It prints.\n\nBlah 3 blah: blubb\n\nDear Ann, please switch the printer off, "
          "wait "
          "for ten seconds, and switch it on again. Does it print now?\n",
          "It prints.\n\nBlah 3 blah: blubb", NULL, "" },
        { "answer below without marks",
          "Dear Ann,\n\nplease switch the printer off, wait for ten seconds, and switch "
          "it on "
          "again. Does it print now?\n\nYes, it does.\n",
          "Yes, it does.", NULL, "" },
        { "answers in Outlook's unmarked quote",
          "See below.\n\nFrom: Help Desk\nSent: Monday\nTo: Ann\nSubject: "
          "printer\n\nDear "
          "Ann,\n\nplease switch the printer off, wait for ten seconds, and switch it on "
          "again.\n\nI did.\n\nDoes it print now?\n\nKind regards\nYour Help Desk\n",
          "See below.\n\nDear Ann,\n\nplease switch the printer off, wait for ten "
          "seconds, and "
          "switch it on again.\n\nI did.",
          NULL, "" },
        { "an unknown piece at the end of the quote",
          "See below.\n\nFrom: Help Desk\nSent: Monday\nTo: Ann\nSubject: "
          "printer\n\nDear "
          "Ann,\n\nplease switch the printer off, wait for ten seconds, and switch it on "
          "again.\n\nThis mail is confidential.\n",
          "See below.", NULL, "" },
        { "a few words in common", "I will wait for ten seconds, and switch it.\n",
          "I will wait for ten seconds, and switch it.", "", "" },
        { "short repetition", "Thanks.\nDoes it print now?\n",
          "Thanks.\nDoes it print now?", "", "" },
        { "nothing but our words",
          "please switch the printer off, wait for ten seconds, and switch it on "
          "again.\n",
          "please switch the printer off, wait for ten seconds, and switch it on again.",
          "", "" },
    };
    struct slice known = slice_from(ours);
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(ReplySplit) got = split(cases[i].text, &known, 1);
        check(&cases[i], got, &failed);
    }
    assert_int_equal(failed, 0);
}

static void
test_html(void **state)
{
    static const struct reply_case cases[] = {
        { "Gmail",
          "<div>Fine now.</div><div class=\"gmail_quote\"><div class=gmail_attr>On Mon "
          "Help wrote:<br></div><blockquote class=\"gmail_quote\">Does it "
          "print?</blockquote></div>",
          "Fine now.", NULL, "" },
        { "Gmail, answers between",
          "<div>See below.</div><div class=\"gmail_quote\"><div class=gmail_attr>On Mon "
          "Help wrote:<br></div><blockquote class=\"gmail_quote\">Does it print?"
          "</blockquote><div>Yes.</div><blockquote class=\"gmail_quote\">In colour?"
          "</blockquote><div>No.</div><blockquote class=\"gmail_quote\">Bye</blockquote>"
          "</div>",
          "See below.\n\n> Does it print?\n\nYes.\n\n> In colour?\n\nNo.", NULL, "" },
        { "Gmail, quoted by hand",
          "<div>You say</div><blockquote class=\"gmail_quote\">it prints</blockquote>"
          "<div>No.</div>",
          "You say\n\n> it prints\n\nNo.", "", "" },
        { "Outlook on the web",
          "<p>Fine now.</p><hr><div id=\"divRplyFwdMsg\"><b>X:</b> Help</div><p>Does "
          "it?</p>",
          "Fine now.", NULL, "" },
        { "Thunderbird, answers between",
          "<div class=moz-cite-prefix>Am x schrieb Help:</div><blockquote type=cite>Does "
          "it "
          "print?</blockquote><p>Yes.</p><blockquote type=cite>In colour?</blockquote>"
          "<p>No.</p>",
          "> Does it print?\n\nYes.\n\n> In colour?\n\nNo.", NULL, "" },
        { "signature of Gmail",
          "<div>Fine.</div><div class=gmail_signature>Ann<br>Example Ltd</div>", "Fine.",
          "", "Ann\nExample Ltd" },
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HtmlText) html = html_text_make(slice_from(cases[i].text), 0);
        struct reply_input in = {
            .text = { html.text, html.n },
            .regions = (const struct html_region *)(void *)html.regions->data,
            .n_regions = html.regions->len,
        };
        g_auto(ReplySplit) got = reply_split(&in);
        check(&cases[i], got, &failed);
    }
    assert_int_equal(failed, 0);
}

/* What would take quadratic time if a line looked at all others. */
static void
test_bombs(void **state)
{
    static const struct {
        const char *name, *unit;
        size_t n;
    } cases[] = {
        { "10 MB of >", ">", 10u << 20 },
        { "lines of >", ">\n", 5u << 20 },
        { "quotes in quotes", "On 3 Mar 2025 10:15, A <a@b.example> wrote:\n>", 25000 },
        { "attributions", "3/4/25 a@b.example\n> x\ny\n", 50000 },
        { "times", "10:15:\n", 160000 },
        { "labels", "From: x\n", 130000 },
        { "dates", "Date: 10:15\n\n", 80000 },
        { "delimiters", "x\n--\n", 200000 },
        { "rules", "_____________________\nx\n", 45000 },
        { "rules and blanks", "_____\n\n\n\n", 100000 },
        { "separators", "--x--\n", 170000 },
        { "devices", "Sent from my iPhone\n", 50000 },
        { "answers", "> x\ny\n", 170000 },
        { "one line", "wrote: 10:15 a@b ", 60000 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GString *text = g_string_new("new words\n");
        for (size_t k = 0; k < cases[i].n; k++)
            g_string_append(text, cases[i].unit);
        g_autofree char *bytes = g_string_free(text, FALSE);
        gint64 from = g_get_monotonic_time();
        struct slice known = slice_from(bytes);
        g_auto(ReplySplit) got = split(bytes, i % 2 ? &known : NULL, i % 2);
        gint64 ms = (g_get_monotonic_time() - from) / 1000;
        print_message("%s: %" G_GINT64_FORMAT " ms\n", cases[i].name, ms);
        assert_true(*got.reply);
        assert_true(ms < 20000); /* linear is far below, also under valgrind */
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),    cmocka_unit_test(test_attributions),
        cmocka_unit_test(test_no_frames), cmocka_unit_test(test_sent_from),
        cmocka_unit_test(test_known),     cmocka_unit_test(test_html),
        cmocka_unit_test(test_bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
