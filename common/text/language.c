#include "common/text/language.h"

#include <glib.h>
#include <string.h>

/* --- the tables ---------------------------------------------------------------------- */

/* Small words that no text goes without, casefolded, with a blank behind each; and those
   that tell neighbours apart. */
static const struct words {
    const char *code, *words;
} tables[] = {
    { "en",
      "the and you that for with this are have not your please thanks from is was it "
      "my we can be of to in on at would there when which does could hello regards " },
    { "de",
      "der die das und ist nicht ich sie mit für auf ein eine zu den von wir haben "
      "bitte es auch aber bei noch mein meine wenn danke dass habe sind kann wird im "
      "hallo grüssen ihre mir " },
    { "nl",
      "de het een en van is niet ik dat met voor op zijn te aan er we naar maar ook "
      "kunt bij bedankt graag mijn uw hebben heb wordt geen deze groet wij " },
    { "fr",
      "le la les et des est une un pour pas je vous que dans sur avec nous ce qui "
      "votre mon merci bonjour du au ne sont mais j'ai c'est cette n'est de il avez " },
    { "es",
      "el la los las que de y en un una por para con no es su mi se del gracias hola "
      "pero está como más usted tengo puedo muy este esta saludos lo me ha cuando " },
    { "ca",
      "el la els les que de i en un una per amb no és seu meu del gràcies però aquest "
      "aquesta com més tinc dels puc molt salutacions quan bon dia ha em " },
    { "pt",
      "o a os as que de e em um uma por para com não é seu meu do da no na obrigado "
      "obrigada olá mas está como mais você tenho dos pelo isso muito ao quando " },
    { "it",
      "il la i gli le che di e in un una per con non è mio del della sono grazie ma "
      "questo come più ho anche nel ciao si alla dei mi quando buongiorno " },
    { "ro",
      "și şi în de la nu este un o cu pe pentru care să din mai am sunt vă mulțumesc "
      "sau dar ce acest bună ziua când îmi nici " },
    { "da",
      "og det at en den til er som på de med han af for ikke der var mig sig men et "
      "har om vi jeg hvad dig kan tak hvis nogle meget fra hej hilsen når blev efter "
      "venlig også " },
    { "no",
      "og det å at en den til er som på de med av for ikke var meg seg men et har om "
      "vi jeg hva deg kan takk hvis noen veldig fra hei hilsen når ble etter også " },
    { "sv",
      "och det att en den till är som på de med av för inte var mig sig men ett har "
      "om vi jag vad dig kan tack hej från mycket när blev efter också hälsningar " },
    { "is", "og að er ekki ég það sem við til með fyrir þetta um af en hann var hafa hef "
            "takk mér þú frá kveðja " },
    { "fi",
      "ja on ei että se en hän mutta ole oli minä tämä kun niin kuin kiitos olen voi "
      "jos mitä ovat myös joka hei terveisin onko minun " },
    { "et",
      "ja on ei et see ma mis kui oma aga ka ta oli pole mida tänan tere või kas siis "
      "olen seda mul lugupidamisega " },
    { "lv", "un ir ar no ka par uz es nav bet to tas kas man arī lai jūs paldies vai pie "
            "līdz labdien mans " },
    { "lt", "ir yra ne kad su į iš kaip bet aš tai ar jūs man ačiū ką už dėl mano nuo ši "
            "laba diena " },
    { "pl", "i w nie się na z do to jest że jak ale co o po za mam czy proszę dziękuję "
            "przez od są tak już mi dzień dobry pozdrawiam dla " },
    { "cs", "a se v na je že to s z do o ve za pro jsem ale jak děkuji si jako by není "
            "která který prosím jsou už mi dobrý den jste při nebo " },
    { "sk", "a sa v na je že to s z do o vo za pre som ale ako ďakujem si by nie ktorá "
            "ktorý prosím sú už mi dobrý deň ste pri alebo " },
    { "sl",
      "in je se v na da za z ne so ki pa sem s kot hvala ali tudi bi če mi pri imam "
      "prosim pozdravljeni ni lahko " },
    { "hr",
      "i je se u na da za ne su ili koji sam što hvala bi s kao nije od mi molim kako "
      "imam to samo pozdrav još ali " },
    { "hu",
      "a az és hogy nem is ez egy van de meg csak volt kell köszönöm mert vagy már ha "
      "azt nekem hogyan kérem üdvözlettel tisztelt " },
    { "tr",
      "ve bir bu için ile de da çok ne ben değil var mı daha olarak ama teşekkürler "
      "merhaba gibi kadar sonra lütfen benim " },
    { "vi",
      "và của là không có được cho tôi này với các một trong những người đã xin cảm "
      "ơn chào " },
    { "id", "dan yang di untuk dengan ini tidak dari saya itu ada akan pada terima kasih "
            "kami bisa ke sudah mohon halo " },
    { "ru", "и в не на что я с как это по но мы он у для от спасибо вы мне есть уже или "
            "если так все здравствуйте к пожалуйста меня за из был " },
    { "uk", "і в не на що я з як це по але ми він у для від дякую ви мені є вже або якщо "
            "так до та за із був вітаю " },
    { "be",
      "і ў не на што я з як гэта па але мы для ад дзякуй вы ёсць калі ці з'яўляецца " },
    { "bg",
      "и в не на че аз с как това по но ние за от благодаря вие ми е вече или ако да "
      "са се съм до беше моля " },
    { "sr", "и у не на да ја са као то али ми за од хвала ви је већ или ако се нисам сам "
            "што су молим " },
    { "mk", "и во не на дека јас со како тоа но ние за од благодарам вие е се да ми го "
            "што " },
    { "ar", "في من على أن هذا لا إلى ما مع أنا شكرا هل عن كان التي هذه لم " },
    { "fa", "در و به از که این را با است برای من های می آن شما نیست " },
    { "ur", "کے میں کی ہے اور سے کا کو نہیں ہیں پر یہ " },
    { "hi", "है के में की और से को का नहीं मैं हैं पर यह " },
};

/* Scripts that tell by themselves. */
static const struct {
    const char *code;
    GUnicodeScript scripts[3]; /* the first must be there */
    guint least;               /* letters of the first */
} scripts[] = {
    { "ja",
      { G_UNICODE_SCRIPT_HIRAGANA, G_UNICODE_SCRIPT_KATAKANA, G_UNICODE_SCRIPT_HAN },
      5 },
    { "ko",
      { G_UNICODE_SCRIPT_HANGUL, G_UNICODE_SCRIPT_HAN, G_UNICODE_SCRIPT_HANGUL },
      10 },
    { "zh", { G_UNICODE_SCRIPT_HAN, G_UNICODE_SCRIPT_HAN, G_UNICODE_SCRIPT_HAN }, 10 },
    { "th", { G_UNICODE_SCRIPT_THAI, G_UNICODE_SCRIPT_THAI, G_UNICODE_SCRIPT_THAI }, 15 },
    { "el",
      { G_UNICODE_SCRIPT_GREEK, G_UNICODE_SCRIPT_GREEK, G_UNICODE_SCRIPT_GREEK },
      15 },
    { "he",
      { G_UNICODE_SCRIPT_HEBREW, G_UNICODE_SCRIPT_HEBREW, G_UNICODE_SCRIPT_HEBREW },
      15 },
};

/* --- what stands there --------------------------------------------------------------- */

struct count {
    guint times;     /* in the text */
    guint languages; /* that have the word */
};

struct reading {
    GHashTable *words; /* char * casefolded -> struct count * */
    guint n_words, n_letters;
    guint of_script[G_UNICODE_SCRIPT_SIGNWRITING
                    + 1]; /* letters; newer ones don't matter */
};

static void
end_word(struct reading *r, GString *word)
{
    if (word->len == 0)
        return;
    g_autofree char *folded = g_utf8_casefold(word->str, -1);
    struct count *count = g_hash_table_lookup(r->words, folded);
    if (!count) {
        count = g_new0(struct count, 1);
        g_hash_table_insert(r->words, g_steal_pointer(&folded), count);
    }
    count->times++;
    r->n_words++;
    g_string_truncate(word, 0);
}

static void
count_letter(struct reading *r, gunichar c)
{
    GUnicodeScript script = g_unichar_get_script(c);
    r->n_letters++;
    if (script >= 0 && script < (int)G_N_ELEMENTS(r->of_script))
        r->of_script[script]++;
}

/* One stretch without blanks: an address or a link is of no language. */
static void
read_stretch(struct reading *r, struct slice s)
{
    g_autoptr(GString) word = g_string_new(NULL);
    if (memchr(s.p, '@', s.n) || memmem(s.p, s.n, "://", 3))
        return;
    for (const char *p = s.p, *end = s.p + s.n; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == 0x2019 && word->len)
            c = '\'';
        bool inner = c == '\'' && word->len;
        if (g_unichar_isalpha(c))
            count_letter(r, c);
        if (g_unichar_isalpha(c) || g_unichar_ismark(c) || inner)
            g_string_append_unichar(word, c);
        else
            end_word(r, word);
    }
    end_word(r, word);
}

static void
read_text(struct reading *r, struct slice text)
{
    struct slice line;
    while (slice_next_line(&text, &line)) {
        if (line.n && line.p[0] == '>')
            continue;
        while ((line = slice_trim(line)).n) {
            size_t n = 0;
            while (n < line.n && !g_ascii_isspace(line.p[n]))
                n++;
            read_stretch(r, slice_sub(line, 0, n));
            line = slice_sub(line, n, line.n);
        }
    }
}

/* --- what it is ---------------------------------------------------------------------- */

/* By its letters, if three of five are of one script. */
static const char *
by_script(const struct reading *r)
{
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        const GUnicodeScript *s = scripts[i].scripts;
        guint first = r->of_script[s[0]], all = first;
        for (int k = 1; k < 3; k++)
            all += s[k] != s[k - 1] && s[k] != s[0] ? r->of_script[s[k]] : 0;
        if (first >= scripts[i].least && all * 5 >= r->n_letters * 3)
            return scripts[i].code;
    }
    return NULL;
}

typedef void word_fn(struct count *count, void *context);

/* The words of a table that stand in the text. */
static void
each_word(const struct reading *r, const struct words *table, word_fn *fn, void *context)
{
    g_autoptr(GString) word = g_string_new(NULL);
    for (const char *p = table->words, *space; (space = strchr(p, ' ')); p = space + 1) {
        g_string_truncate(word, 0);
        g_string_append_len(word, p, space - p);
        struct count *count = g_hash_table_lookup(r->words, word->str);
        if (count)
            fn(count, context);
    }
}

static void
add_language(struct count *count, void *context)
{
    (void)context;
    count->languages++;
}

struct score {
    guint hits;
    double weight;
};

static void
add_score(struct count *count, void *context)
{
    struct score *score = context;
    score->hits += count->times;
    score->weight += (double)count->times / count->languages;
}

static const char *
by_words(const struct reading *r)
{
    struct score best = { 0, 0 }, second = { 0, 0 };
    const char *code = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        each_word(r, &tables[i], add_language, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        struct score score = { 0, 0 };
        each_word(r, &tables[i], add_score, &score);
        if (score.weight > best.weight) {
            second = best;
            best = score;
            code = tables[i].code;
        } else if (score.weight > second.weight) {
            second = score;
        }
    }
    bool enough = best.hits >= 4 && best.hits * 6 >= r->n_words;
    return enough && best.weight >= 1.4 * second.weight ? code : NULL;
}

const char *
language_guess(struct slice text)
{
    g_autoptr(GHashTable) words =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    struct reading r = { .words = words };
    if (text.n > LANGUAGE_BYTES) {
        text.n = LANGUAGE_BYTES;
        while (text.n && (text.p[text.n] & 0xc0) == 0x80) /* not within a character */
            text.n--;
    }
    read_text(&r, text);
    const char *code = by_script(&r);
    return code || r.n_words < 8 ? code : by_words(&r);
}
