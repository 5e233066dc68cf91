/*
 * typed_address: an address as somebody types it into a form. What mail could not be sent
 * to (common/mail/address.h) is refused, and so is what only mail programs write, each with
 * words that say what is wrong: a mail to a slip of the keyboard never comes.
 */
#pragma once

/* NULL when it is an address; else what is wrong with it, a msgid. */
const char *typed_address_fault(const char *text);
