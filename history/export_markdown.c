/* export_markdown: Markdown (md4c) as HTML that can do nothing: whatever the model wrote is text,
 * and what fetches or runs something is not written at all. */
#include <md4c.h>
#include <string.h>
#include <strings.h>

#include "history/export.h"

void export_escaped(struct str *out, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '&')
            str_add(out, "&amp;");
        else if (s[i] == '<')
            str_add(out, "&lt;");
        else if (s[i] == '>')
            str_add(out, "&gt;");
        else if (s[i] == '"')
            str_add(out, "&quot;");
        else if (s[i] == '\0')
            str_add_cp(out, 0xFFFD);
        else
            str_addc(out, s[i]);
    }
}

/* The element of a block; NULL for those with parts or attributes of their own. */
static const char *block_name(MD_BLOCKTYPE type) {
    static const char *const names[] = {
        [MD_BLOCK_QUOTE] = "blockquote",
        [MD_BLOCK_UL] = "ul",
        [MD_BLOCK_LI] = "li",
        [MD_BLOCK_P] = "p",
        [MD_BLOCK_TR] = "tr",
        [MD_BLOCK_TABLE] = "table",
    };
    return type < sizeof names / sizeof *names ? names[type] : NULL;
}

static void cell(struct str *out, const char *name, const MD_BLOCK_TD_DETAIL *d) {
    static const char *const align[] = {[MD_ALIGN_DEFAULT] = "",
                                        [MD_ALIGN_LEFT] = " class=left",
                                        [MD_ALIGN_CENTER] = " class=center",
                                        [MD_ALIGN_RIGHT] = " class=right"};
    str_addf(out, "<%s%s>", name, align[d->align]);
}

/* Below the two levels that are the page's own. */
static unsigned level(const MD_BLOCK_H_DETAIL *d) { return d->level < 4 ? d->level + 2 : 6; }

static int enter_block(MD_BLOCKTYPE type, void *detail, void *ctx) {
    struct str *out = ctx;
    const char *name = block_name(type);
    if (name) str_addf(out, "<%s>", name);
    if (type == MD_BLOCK_OL)
        str_addf(out, "<ol start=\"%u\">", ((MD_BLOCK_OL_DETAIL *)detail)->start);
    if (type == MD_BLOCK_LI && ((MD_BLOCK_LI_DETAIL *)detail)->is_task)
        str_add(out, ((MD_BLOCK_LI_DETAIL *)detail)->task_mark == ' ' ? "☐ " : "☑ ");
    if (type == MD_BLOCK_HR) str_add(out, "<hr>\n");
    if (type == MD_BLOCK_H) str_addf(out, "<h%u>", level(detail));
    if (type == MD_BLOCK_CODE) str_add(out, "<pre><code>");
    if (type == MD_BLOCK_TH) cell(out, "th", detail);
    if (type == MD_BLOCK_TD) cell(out, "td", detail);
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *ctx) {
    struct str *out = ctx;
    const char *name = block_name(type);
    if (name) str_addf(out, "</%s>\n", name);
    if (type == MD_BLOCK_OL) str_add(out, "</ol>\n");
    if (type == MD_BLOCK_H) str_addf(out, "</h%u>\n", level(detail));
    if (type == MD_BLOCK_CODE) str_add(out, "</code></pre>\n");
    if (type == MD_BLOCK_TH) str_add(out, "</th>");
    if (type == MD_BLOCK_TD) str_add(out, "</td>");
    return 0;
}

/* Judged as it is written: with entities in its place, a scheme is not one of these. */
static bool harmless(const MD_ATTRIBUTE *href) {
    static const char *const schemes[] = {"http://", "https://", "mailto:"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (href->size > n && strncasecmp(href->text, schemes[i], n) == 0) return true;
    }
    return false;
}

static const char *span_name(MD_SPANTYPE type) {
    return type == MD_SPAN_EM       ? "em"
           : type == MD_SPAN_STRONG ? "strong"
           : type == MD_SPAN_DEL    ? "del"
           : type == MD_SPAN_CODE   ? "code"
                                    : NULL;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *ctx) {
    struct str *out = ctx;
    if (type == MD_SPAN_IMG) str_add(out, "[picture: ");
    if (type == MD_SPAN_A) {
        const MD_ATTRIBUTE *href = &((MD_SPAN_A_DETAIL *)detail)->href;
        str_add(out, "<a");
        if (harmless(href)) {
            str_add(out, " rel=\"noopener noreferrer\" href=\"");
            export_escaped(out, href->text, href->size);
            str_addc(out, '"');
        }
        str_addc(out, '>');
    }
    if (span_name(type)) str_addf(out, "<%s>", span_name(type));
    return 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *ctx) {
    struct str *out = ctx;
    (void)detail;
    if (type == MD_SPAN_IMG) str_addc(out, ']');
    if (type == MD_SPAN_A) str_add(out, "</a>");
    if (span_name(type)) str_addf(out, "</%s>", span_name(type));
    return 0;
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *s, MD_SIZE n, void *ctx) {
    struct str *out = ctx;
    if (type == MD_TEXT_BR)
        str_add(out, "<br>\n");
    else if (type == MD_TEXT_SOFTBR)
        str_addc(out, '\n');
    else if (type == MD_TEXT_NULLCHAR)
        str_add_cp(out, 0xFFFD);
    else if (type == MD_TEXT_ENTITY) /* md4c checked its form: & letters or a number ; */
        str_addn(out, s, n);
    else
        export_escaped(out, s, n);
    return 0;
}

void export_markdown_html(struct str *out, const char *s, size_t n) {
    static const MD_PARSER parser = {
        .flags = MD_FLAG_TABLES | MD_FLAG_TASKLISTS | MD_FLAG_STRIKETHROUGH | MD_FLAG_NOHTML |
                 MD_FLAG_NOINDENTEDCODEBLOCKS | MD_FLAG_PERMISSIVEURLAUTOLINKS,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = on_text};
    md_parse(s, (MD_SIZE)n, &parser, out);
}
