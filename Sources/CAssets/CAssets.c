// The page's files, put in by the compiler. A file that is added under page/ gets a line in each list.
#include "CAssets.h"

#if !defined(__has_embed)
#error "this compiler has no #embed (C23, 6.10.4); Swift 6.3 has"
#endif

#define FILE_BYTES(name) static const unsigned char name[]

FILE_BYTES(icon_svg) = {
#embed "page/icon.svg"
};
FILE_BYTES(index_html) = {
#embed "page/index.html"
};
FILE_BYTES(js_activity_js) = {
#embed "page/js/activity.js"
};
FILE_BYTES(js_api_js) = {
#embed "page/js/api.js"
};
FILE_BYTES(js_bank_activation_js) = {
#embed "page/js/bank/activation.js"
};
FILE_BYTES(js_bank_devices_js) = {
#embed "page/js/bank/devices.js"
};
FILE_BYTES(js_bank_forgotten_js) = {
#embed "page/js/bank/forgotten.js"
};
FILE_BYTES(js_bank_image_js) = {
#embed "page/js/bank/image.js"
};
FILE_BYTES(js_bank_answering_js) = {
#embed "page/js/bank/answering.js"
};
FILE_BYTES(js_bank_approval_js) = {
#embed "page/js/bank/approval.js"
};
FILE_BYTES(js_bank_iban_js) = {
#embed "page/js/bank/iban.js"
};
FILE_BYTES(js_bank_payees_js) = {
#embed "page/js/bank/payees.js"
};
FILE_BYTES(js_bank_parts_js) = {
#embed "page/js/bank/parts.js"
};
FILE_BYTES(js_bank_payment_js) = {
#embed "page/js/bank/payment.js"
};
FILE_BYTES(js_bank_sign_in_js) = {
#embed "page/js/bank/sign-in.js"
};
FILE_BYTES(js_bank_transactions_js) = {
#embed "page/js/bank/transactions.js"
};
FILE_BYTES(js_desk_js) = {
#embed "page/js/desk.js"
};
FILE_BYTES(js_desk_drawings_js) = {
#embed "page/js/desk/drawings.js"
};
FILE_BYTES(js_desk_pad_js) = {
#embed "page/js/desk/pad.js"
};
FILE_BYTES(js_dom_js) = {
#embed "page/js/dom.js"
};
FILE_BYTES(js_en_js) = {
#embed "page/js/en.js"
};
FILE_BYTES(js_events_js) = {
#embed "page/js/events.js"
};
FILE_BYTES(js_fr_js) = {
#embed "page/js/fr.js"
};
FILE_BYTES(js_fr_refusals_js) = {
#embed "page/js/fr-refusals.js"
};
FILE_BYTES(js_i18n_js) = {
#embed "page/js/i18n.js"
};
FILE_BYTES(js_main_js) = {
#embed "page/js/main.js"
};
FILE_BYTES(style_css) = {
#embed "page/style.css"
};

#define ENTRY(path, name) {path, name, sizeof name}

static const struct console_asset assets[] = {
    ENTRY("icon.svg", icon_svg),
    ENTRY("index.html", index_html),
    ENTRY("js/activity.js", js_activity_js),
    ENTRY("js/api.js", js_api_js),
    ENTRY("js/bank/activation.js", js_bank_activation_js),
    ENTRY("js/bank/devices.js", js_bank_devices_js),
    ENTRY("js/bank/image.js", js_bank_image_js),
    ENTRY("js/bank/answering.js", js_bank_answering_js),
    ENTRY("js/bank/approval.js", js_bank_approval_js),
    ENTRY("js/bank/iban.js", js_bank_iban_js),
    ENTRY("js/bank/payees.js", js_bank_payees_js),
    ENTRY("js/bank/parts.js", js_bank_parts_js),
    ENTRY("js/bank/payment.js", js_bank_payment_js),
    ENTRY("js/bank/forgotten.js", js_bank_forgotten_js),
    ENTRY("js/bank/sign-in.js", js_bank_sign_in_js),
    ENTRY("js/bank/transactions.js", js_bank_transactions_js),
    ENTRY("js/desk.js", js_desk_js),
    ENTRY("js/desk/drawings.js", js_desk_drawings_js),
    ENTRY("js/desk/pad.js", js_desk_pad_js),
    ENTRY("js/dom.js", js_dom_js),
    ENTRY("js/en.js", js_en_js),
    ENTRY("js/events.js", js_events_js),
    ENTRY("js/fr.js", js_fr_js),
    ENTRY("js/fr-refusals.js", js_fr_refusals_js),
    ENTRY("js/i18n.js", js_i18n_js),
    ENTRY("js/main.js", js_main_js),
    ENTRY("style.css", style_css),
};

size_t console_asset_count(void) { return sizeof assets / sizeof assets[0]; }

const struct console_asset *console_asset_at(size_t index) {
    return index < console_asset_count() ? &assets[index] : NULL;
}
