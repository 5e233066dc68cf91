/* The language of short mails, and what is too little to tell. */
#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/text/language.h"

static const struct {
    const char *want, *text; /* NULL: not sure */
} cases[] = {
    { "en",
      "Hello, my printer does not print since this morning. Could you please have a "
      "look at it? Thanks" },
    { "de", "Hallo, mein Drucker druckt seit heute Morgen nicht mehr. Können Sie bitte "
            "nachsehen, was mit ihm ist?" },
    { "nl",
      "Goedemorgen, mijn printer doet het sinds vanochtend niet meer. Kunt u er naar "
      "kijken? Alvast bedankt voor de hulp" },
    { "fr",
      "Bonjour, mon imprimante ne marche plus depuis ce matin. Pouvez-vous regarder "
      "ce qui ne va pas ? Merci pour votre aide" },
    { "es",
      "Hola, mi impresora no funciona desde esta mañana. ¿Puede mirar qué es lo que "
      "le pasa, por favor? Gracias por la ayuda" },
    { "ca", "Hola, la meva impressora no funciona des d'aquest matí. Podeu mirar què li "
            "passa amb això? Gràcies, és urgent per a mi" },
    { "pt",
      "Olá, a minha impressora não funciona desde esta manhã. Você pode ver o que é? "
      "Obrigado pela ajuda, não tenho como imprimir" },
    { "it",
      "Buongiorno, la mia stampante non funziona più da questa mattina. Può guardare "
      "che cosa è successo? Grazie per il suo aiuto" },
    { "ro",
      "Bună ziua, imprimanta mea nu mai merge de azi dimineață. Puteți să vedeți ce "
      "este cu ea? Vă mulțumesc pentru ajutor" },
    { "da", "Hej, min printer virker ikke siden i morges. Kan I se på, hvad der er galt "
            "med den? Jeg har meget at printe. Venlig hilsen, og tak" },
    { "no",
      "Hei, skriveren min virker ikke siden i morges. Kan dere se hva som er galt med "
      "den? Jeg har veldig mye å skrive ut. Hilsen meg, og takk" },
    { "sv", "Hej, min skrivare fungerar inte sedan i morse. Kan ni se vad som är fel med "
            "den? Jag har mycket att skriva ut. Tack" },
    { "is",
      "Sæl, prentarinn minn virkar ekki síðan í morgun. Getið þið séð hvað er að? Ég "
      "hef mikið að prenta og það er áríðandi fyrir mig. Takk" },
    { "fi", "Hei, tulostimeni ei ole toiminut aamusta asti. Voitteko katsoa, mitä se on? "
            "Minä olen kiireessä ja se on tärkeää. Kiitos" },
    { "et", "Tere, minu printer ei tööta hommikust saadik. Kas te saate vaadata, mis see "
            "on? Mul on vaja seda ka täna. Tänan" },
    { "lv", "Labdien, mans printeris nav darbojies kopš rīta. Vai jūs varat paskatīties, "
            "kas tas ir? Man ir steidzami, un es arī gaidu. Paldies" },
    { "lt", "Laba diena, mano spausdintuvas neveikia nuo ryto. Ar jūs galite pažiūrėti, "
            "kas tai yra? Man tai yra labai svarbu, bet aš laukiu. Ačiū" },
    { "pl",
      "Dzień dobry, moja drukarka nie działa od rana. Czy mogą Państwo sprawdzić, co "
      "się z nią dzieje? Proszę o pomoc, już nie wiem jak" },
    { "cs",
      "Dobrý den, moje tiskárna od rána nefunguje. Můžete se prosím podívat, co s ní "
      "je? Jsem bez ní ztracen a nevím, jak dál. Děkuji" },
    { "sk", "Dobrý deň, moja tlačiareň od rána nefunguje. Môžete sa prosím pozrieť, čo s "
            "ňou je? Som bez nej stratený a neviem, ako ďalej. Ďakujem" },
    { "sl",
      "Pozdravljeni, moj tiskalnik od jutra ne dela. Ali lahko prosim pogledate, kaj "
      "je z njim? Sem brez njega in tudi ne vem, če se da. Hvala" },
    { "hr",
      "Pozdrav, moj pisač od jutros ne radi. Možete li molim pogledati što je s njim? "
      "Ja sam bez njega i ne znam kako dalje, to nije dobro. Hvala" },
    { "hu",
      "Tisztelt Uram, a nyomtatóm reggel óta nem működik. Meg tudja nézni, hogy mi az "
      "oka? Ez nekem nagyon fontos, és már nem tudom, hogyan. Köszönöm" },
    { "tr",
      "Merhaba, benim yazıcım bu sabahtan beri çalışmıyor. Lütfen bir bakar mısınız? "
      "Bu çok önemli, ve daha sonra da lazım. Teşekkürler" },
    { "vi",
      "Xin chào, máy in của tôi không hoạt động từ sáng. Xin xem cho tôi với, tôi có "
      "một việc trong hôm nay. Cảm ơn" },
    { "id", "Halo, printer saya tidak bisa mencetak dari pagi ini. Mohon dilihat ada apa "
            "dengan printer itu. Terima kasih untuk bantuan" },
    { "ru",
      "Здравствуйте, у меня с утра не работает принтер. Вы можете посмотреть, что с "
      "ним? Это для меня важно. Спасибо" },
    { "uk",
      "Вітаю, мій принтер не працює з ранку. Ви можете подивитися, що з ним? Мені це "
      "важливо, і я вже не знаю, як бути. Дякую" },
    { "bg",
      "Здравейте, принтерът ми не работи от сутринта. Моля, вижте какво е станало с "
      "него. Това е важно за мен и аз не знам как да печатам. Благодаря" },
    { "sr", "Здраво, мој штампач од јутрос не ради. Молим вас да погледате шта је с њим. "
            "Ја сам без њега и не знам како даље, али то није све. Хвала" },
    { "el", "Καλημέρα, ο εκτυπωτής μου δεν δουλεύει από το πρωί. Ευχαριστώ" },
    { "he", "שלום, המדפסת שלי לא עובדת מהבוקר. תוכלו לבדוק? תודה" },
    { "ar", "مرحبا، الطابعة لا تعمل من الصباح. هل يمكن أن تنظروا في هذا من أجلي؟ أنا في "
            "حاجة إلى ذلك. شكرا على المساعدة" },
    { "fa", "سلام، چاپگر من از صبح خراب است. لطفا این را "
            "برای من بررسی کنید که در آن چه شده و با من تماس بگیرید" },
    { "hi", "नमस्ते, मेरा प्रिंटर सुबह से काम नहीं कर रहा है। कृपया इस को देखें और बताएं कि "
            "इस में क्या है" },
    { "th", "สวัสดีครับ เครื่องพิมพ์ของผมไม่ทำงานตั้งแต่เช้า" },
    { "ja", "プリンターが朝から動きません。確認をお願いします。" },
    { "ko", "안녕하세요, 프린터가 아침부터 작동하지 않습니다." },
    { "zh", "您好，我的打印机从早上开始就不能工作了，请帮忙看一下。" },
    { NULL, "" },
    { NULL, "Thanks!" },
    { NULL, "ok, danke" },
    { NULL, "Order 4711 SKU A-12 B-13 C-14 D-15 Printer XL Toner Black Cyan Magenta" },
    { NULL, "https://x.example/the/and/you ann@the.example the@and.example" },
    { NULL,
      "> Hello, my printer does not print since this morning.\n> Could you please\nJa" },
    { "de",
      "> Hello, my printer does not print since this morning. Could you have a look?\n"
      "Ja, das ist bei mir auch so, und ich habe es noch nicht gefunden." },
};

static void
test_guess(void **state)
{
    (void)state;
    bool wrong = false;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n); /* no NUL: overreads show */
        const char *got = language_guess((struct slice){ exact, n });
        if (g_strcmp0(got, cases[i].want) != 0) {
            print_error("%s: got %s: %s\n", cases[i].want ? cases[i].want : "none",
                        got ? got : "none", cases[i].text);
            wrong = true;
        }
    }
    assert_false(wrong);
}

/* Half of each isn't sure; and of a long text the beginning tells. */
static void
test_mixed_and_long(void **state)
{
    (void)state;
    assert_null(
        language_guess(slice_from("the and you that ist nicht und das der for with "
                                  "ich sie mit this are")));
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 2 * LANGUAGE_BYTES)
        g_string_append(text, "Das ist nicht für die Öffentlichkeit und auch für Sie.\n");
    assert_string_equal(language_guess((struct slice){ text->str, text->len }), "de");
    for (size_t i = 0; i < text->len; i++)
        text->str[i] = text->str[i] == '\n' ? ' ' : text->str[i];
    assert_string_equal(language_guess((struct slice){ text->str, text->len }), "de");
    g_string_assign(text, "");
    while (text->len < 2 * LANGUAGE_BYTES)
        g_string_append(text, "打印机不能工作");
    assert_string_equal(language_guess((struct slice){ text->str, text->len }), "zh");
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_guess),
                                        cmocka_unit_test(test_mixed_and_long) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
