#include "cost_api/currency.h"

#include <stdlib.h>
#include <string.h>

/* In order of their codes, for bsearch. Funds, metals and test codes are left out. */
/* clang-format off */
static const Currency CURRENCIES[] = {
    {"AED", true},  {"AFN", false}, {"ALL", false}, {"AMD", false}, {"ANG", false}, {"AOA", false},
    {"ARS", false}, {"AUD", true},  {"AWG", false}, {"AZN", false}, {"BAM", false}, {"BBD", false},
    {"BDT", false}, {"BGN", false}, {"BHD", false}, {"BIF", false}, {"BMD", false}, {"BND", false},
    {"BOB", false}, {"BRL", true},  {"BSD", false}, {"BTN", false}, {"BWP", false}, {"BYN", false},
    {"BZD", false}, {"CAD", true},  {"CDF", false}, {"CHF", true},  {"CLP", false}, {"CNY", true},
    {"COP", false}, {"CRC", false}, {"CUP", false}, {"CVE", false}, {"CZK", true},  {"DJF", false},
    {"DKK", true},  {"DOP", false}, {"DZD", false}, {"EGP", false}, {"ERN", false}, {"ETB", false},
    {"EUR", true},  {"FJD", false}, {"FKP", false}, {"GBP", true},  {"GEL", false}, {"GHS", true},
    {"GIP", false}, {"GMD", false}, {"GNF", false}, {"GTQ", false}, {"GYD", false}, {"HKD", true},
    {"HNL", false}, {"HTG", false}, {"HUF", false}, {"IDR", false}, {"ILS", false}, {"INR", true},
    {"IQD", false}, {"IRR", false}, {"ISK", false}, {"JMD", false}, {"JOD", false}, {"JPY", true},
    {"KES", false}, {"KGS", false}, {"KHR", false}, {"KMF", false}, {"KPW", false}, {"KRW", false},
    {"KWD", false}, {"KYD", false}, {"KZT", false}, {"LAK", false}, {"LBP", false}, {"LKR", false},
    {"LRD", false}, {"LSL", false}, {"LYD", false}, {"MAD", false}, {"MDL", false}, {"MGA", false},
    {"MKD", false}, {"MMK", false}, {"MNT", false}, {"MOP", false}, {"MRU", false}, {"MUR", false},
    {"MVR", false}, {"MWK", false}, {"MXN", false}, {"MYR", false}, {"MZN", false}, {"NAD", false},
    {"NGN", true},  {"NIO", false}, {"NOK", true},  {"NPR", false}, {"NZD", true},  {"OMR", false},
    {"PAB", false}, {"PEN", false}, {"PGK", false}, {"PHP", false}, {"PKR", false}, {"PLN", false},
    {"PYG", false}, {"QAR", false}, {"RON", false}, {"RSD", false}, {"RUB", false}, {"RWF", false},
    {"SAR", true},  {"SBD", false}, {"SCR", false}, {"SDG", false}, {"SEK", true},  {"SGD", true},
    {"SHP", false}, {"SLE", false}, {"SOS", false}, {"SRD", false}, {"SSP", false}, {"STN", false},
    {"SVC", false}, {"SYP", false}, {"SZL", false}, {"THB", false}, {"TJS", false}, {"TMT", false},
    {"TND", false}, {"TOP", false}, {"TRY", false}, {"TTD", false}, {"TWD", true},  {"TZS", false},
    {"UAH", false}, {"UGX", false}, {"USD", true},  {"UYU", false}, {"UZS", false}, {"VES", false},
    {"VND", false}, {"VUV", false}, {"WST", false}, {"XAF", false}, {"XCD", false}, {"XOF", false},
    {"XPF", false}, {"YER", false}, {"ZAR", true},  {"ZMW", false}, {"ZWL", false},
};
/* clang-format on */

static int compare(const void *code, const void *currency)
{
    return strcmp(code, ((const Currency *)currency)->code);
}

const Currency *currency_find(const char *code)
{
    return bsearch(code, CURRENCIES, sizeof CURRENCIES / sizeof *CURRENCIES, sizeof *CURRENCIES,
                   compare);
}

/* The enabled ones, in the order of their codes. */
static const CurrencyName NAMES[] = {
    {"AED", "AED", "UAE Dirham"},
    {"AUD", "A$", "Australian Dollar"},
    {"BRL", "R$", "Brazilian Real"},
    {"CAD", "CA$", "Canadian Dollar"},
    {"CHF", "CHF", "Swiss Franc"},
    {"CNY", "CN¥", "Chinese Yuan"},
    {"CZK", "Kč", "Czech Koruna"},
    {"DKK", "kr", "Danish Krone"},
    {"EUR", "€", "Euro"},
    {"GBP", "£", "British Pound"},
    {"GHS", "GH₵", "Ghanaian Cedi"},
    {"HKD", "HK$", "Hong Kong Dollar"},
    {"INR", "₹", "Indian Rupee"},
    {"JPY", "¥", "Japanese Yen"},
    {"NGN", "₦", "Nigerian Naira"},
    {"NOK", "kr", "Norwegian Krone"},
    {"NZD", "NZ$", "New Zealand Dollar"},
    {"SAR", "SAR", "Saudi Riyal"},
    {"SEK", "kr", "Swedish Krona"},
    {"SGD", "S$", "Singapore Dollar"},
    {"TWD", "NT$", "New Taiwan Dollar"},
    {"USD", "$", "US Dollar"},
    {"ZAR", "R", "South African Rand"},
};

const CurrencyName *currency_names(int *count)
{
    *count = sizeof NAMES / sizeof *NAMES;
    return NAMES;
}
