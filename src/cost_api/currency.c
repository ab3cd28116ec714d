#include "cost_api/currency.h"

#include <stdlib.h>
#include <string.h>

/* In order of their codes, for bsearch. Funds, metals and test codes are left out. */
/* clang-format off */
static const Currency CURRENCIES[] = {
    {"AED", true, "AED", "United Arab Emirates Dirham"},
    {"AFN", false, "AFN", "Afghan Afghani"},
    {"ALL", false, "ALL", "Albanian Lek"},
    {"AMD", false, "AMD", "Armenian Dram"},
    {"ANG", false, "ANG", "Netherlands Antillean Guilder"},
    {"AOA", false, "AOA", "Angolan Kwanza"},
    {"ARS", false, "ARS", "Argentine Peso"},
    {"AUD", true, "A$", "Australian Dollar"},
    {"AWG", false, "AWG", "Aruban Florin"},
    {"AZN", false, "AZN", "Azerbaijani Manat"},
    {"BAM", false, "BAM", "Bosnia-Herzegovina Convertible Mark"},
    {"BBD", false, "BBD", "Barbadian Dollar"},
    {"BDT", false, "BDT", "Bangladeshi Taka"},
    {"BGN", false, "BGN", "Bulgarian Lev"},
    {"BHD", false, "BHD", "Bahraini Dinar"},
    {"BIF", false, "BIF", "Burundian Franc"},
    {"BMD", false, "BMD", "Bermudan Dollar"},
    {"BND", false, "BND", "Brunei Dollar"},
    {"BOB", false, "BOB", "Bolivian Boliviano"},
    {"BRL", true, "R$", "Brazilian Real"},
    {"BSD", false, "BSD", "Bahamian Dollar"},
    {"BTN", false, "BTN", "Bhutanese Ngultrum"},
    {"BWP", false, "BWP", "Botswanan Pula"},
    {"BYN", false, "BYN", "Belarusian Ruble"},
    {"BZD", false, "BZD", "Belize Dollar"},
    {"CAD", true, "CA$", "Canadian Dollar"},
    {"CDF", false, "CDF", "Congolese Franc"},
    {"CHF", true, "CHF", "Swiss Franc"},
    {"CLP", false, "CLP", "Chilean Peso"},
    {"CNY", true, "CN¥", "Chinese Yuan"},
    {"COP", false, "COP", "Colombian Peso"},
    {"CRC", false, "CRC", "Costa Rican Colón"},
    {"CUP", false, "CUP", "Cuban Peso"},
    {"CVE", false, "CVE", "Cape Verdean Escudo"},
    {"CZK", true, "CZK", "Czech Koruna"},
    {"DJF", false, "DJF", "Djiboutian Franc"},
    {"DKK", true, "DKK", "Danish Krone"},
    {"DOP", false, "DOP", "Dominican Peso"},
    {"DZD", false, "DZD", "Algerian Dinar"},
    {"EGP", false, "EGP", "Egyptian Pound"},
    {"ERN", false, "ERN", "Eritrean Nakfa"},
    {"ETB", false, "ETB", "Ethiopian Birr"},
    {"EUR", true, "€", "Euro"},
    {"FJD", false, "FJD", "Fijian Dollar"},
    {"FKP", false, "FKP", "Falkland Islands Pound"},
    {"GBP", true, "£", "British Pound"},
    {"GEL", false, "GEL", "Georgian Lari"},
    {"GHS", true, "GHS", "Ghanaian Cedi"},
    {"GIP", false, "GIP", "Gibraltar Pound"},
    {"GMD", false, "GMD", "Gambian Dalasi"},
    {"GNF", false, "GNF", "Guinean Franc"},
    {"GTQ", false, "GTQ", "Guatemalan Quetzal"},
    {"GYD", false, "GYD", "Guyanaese Dollar"},
    {"HKD", true, "HK$", "Hong Kong Dollar"},
    {"HNL", false, "HNL", "Honduran Lempira"},
    {"HTG", false, "HTG", "Haitian Gourde"},
    {"HUF", false, "HUF", "Hungarian Forint"},
    {"IDR", false, "IDR", "Indonesian Rupiah"},
    {"ILS", false, "₪", "Israeli New Shekel"},
    {"INR", true, "₹", "Indian Rupee"},
    {"IQD", false, "IQD", "Iraqi Dinar"},
    {"IRR", false, "IRR", "Iranian Rial"},
    {"ISK", false, "ISK", "Icelandic Króna"},
    {"JMD", false, "JMD", "Jamaican Dollar"},
    {"JOD", false, "JOD", "Jordanian Dinar"},
    {"JPY", true, "¥", "Japanese Yen"},
    {"KES", false, "KES", "Kenyan Shilling"},
    {"KGS", false, "KGS", "Kyrgystani Som"},
    {"KHR", false, "KHR", "Cambodian Riel"},
    {"KMF", false, "KMF", "Comorian Franc"},
    {"KPW", false, "KPW", "North Korean Won"},
    {"KRW", false, "₩", "South Korean Won"},
    {"KWD", false, "KWD", "Kuwaiti Dinar"},
    {"KYD", false, "KYD", "Cayman Islands Dollar"},
    {"KZT", false, "KZT", "Kazakhstani Tenge"},
    {"LAK", false, "LAK", "Laotian Kip"},
    {"LBP", false, "LBP", "Lebanese Pound"},
    {"LKR", false, "LKR", "Sri Lankan Rupee"},
    {"LRD", false, "LRD", "Liberian Dollar"},
    {"LSL", false, "LSL", "Lesotho Loti"},
    {"LYD", false, "LYD", "Libyan Dinar"},
    {"MAD", false, "MAD", "Moroccan Dirham"},
    {"MDL", false, "MDL", "Moldovan Leu"},
    {"MGA", false, "MGA", "Malagasy Ariary"},
    {"MKD", false, "MKD", "Macedonian Denar"},
    {"MMK", false, "MMK", "Myanmar Kyat"},
    {"MNT", false, "MNT", "Mongolian Tugrik"},
    {"MOP", false, "MOP", "Macanese Pataca"},
    {"MRU", false, "MRU", "Mauritanian Ouguiya"},
    {"MUR", false, "MUR", "Mauritian Rupee"},
    {"MVR", false, "MVR", "Maldivian Rufiyaa"},
    {"MWK", false, "MWK", "Malawian Kwacha"},
    {"MXN", false, "MX$", "Mexican Peso"},
    {"MYR", false, "MYR", "Malaysian Ringgit"},
    {"MZN", false, "MZN", "Mozambican Metical"},
    {"NAD", false, "NAD", "Namibian Dollar"},
    {"NGN", true, "NGN", "Nigerian Naira"},
    {"NIO", false, "NIO", "Nicaraguan Córdoba"},
    {"NOK", true, "NOK", "Norwegian Krone"},
    {"NPR", false, "NPR", "Nepalese Rupee"},
    {"NZD", true, "NZ$", "New Zealand Dollar"},
    {"OMR", false, "OMR", "Omani Rial"},
    {"PAB", false, "PAB", "Panamanian Balboa"},
    {"PEN", false, "PEN", "Peruvian Sol"},
    {"PGK", false, "PGK", "Papua New Guinean Kina"},
    {"PHP", false, "₱", "Philippine Peso"},
    {"PKR", false, "PKR", "Pakistani Rupee"},
    {"PLN", false, "PLN", "Polish Zloty"},
    {"PYG", false, "PYG", "Paraguayan Guarani"},
    {"QAR", false, "QAR", "Qatari Riyal"},
    {"RON", false, "RON", "Romanian Leu"},
    {"RSD", false, "RSD", "Serbian Dinar"},
    {"RUB", false, "RUB", "Russian Ruble"},
    {"RWF", false, "RWF", "Rwandan Franc"},
    {"SAR", true, "SAR", "Saudi Riyal"},
    {"SBD", false, "SBD", "Solomon Islands Dollar"},
    {"SCR", false, "SCR", "Seychellois Rupee"},
    {"SDG", false, "SDG", "Sudanese Pound"},
    {"SEK", true, "SEK", "Swedish Krona"},
    {"SGD", true, "SGD", "Singapore Dollar"},
    {"SHP", false, "SHP", "St. Helena Pound"},
    {"SLE", false, "SLE", "Sierra Leonean Leone"},
    {"SOS", false, "SOS", "Somali Shilling"},
    {"SRD", false, "SRD", "Surinamese Dollar"},
    {"SSP", false, "SSP", "South Sudanese Pound"},
    {"STN", false, "STN", "São Tomé & Príncipe Dobra"},
    {"SVC", false, "SVC", "Salvadoran Colón"},
    {"SYP", false, "SYP", "Syrian Pound"},
    {"SZL", false, "SZL", "Swazi Lilangeni"},
    {"THB", false, "THB", "Thai Baht"},
    {"TJS", false, "TJS", "Tajikistani Somoni"},
    {"TMT", false, "TMT", "Turkmenistani Manat"},
    {"TND", false, "TND", "Tunisian Dinar"},
    {"TOP", false, "TOP", "Tongan Paʻanga"},
    {"TRY", false, "TRY", "Turkish Lira"},
    {"TTD", false, "TTD", "Trinidad & Tobago Dollar"},
    {"TWD", true, "NT$", "New Taiwan Dollar"},
    {"TZS", false, "TZS", "Tanzanian Shilling"},
    {"UAH", false, "UAH", "Ukrainian Hryvnia"},
    {"UGX", false, "UGX", "Ugandan Shilling"},
    {"USD", true, "$", "US Dollar"},
    {"UYU", false, "UYU", "Uruguayan Peso"},
    {"UZS", false, "UZS", "Uzbekistani Som"},
    {"VES", false, "VES", "Venezuelan Bolívar"},
    {"VND", false, "₫", "Vietnamese Dong"},
    {"VUV", false, "VUV", "Vanuatu Vatu"},
    {"WST", false, "WST", "Samoan Tala"},
    {"XAF", false, "FCFA", "Central African CFA Franc"},
    {"XCD", false, "EC$", "East Caribbean Dollar"},
    {"XOF", false, "F CFA", "West African CFA Franc"},
    {"XPF", false, "CFPF", "CFP Franc"},
    {"YER", false, "YER", "Yemeni Rial"},
    {"ZAR", true, "ZAR", "South African Rand"},
    {"ZMW", false, "ZMW", "Zambian Kwacha"},
    {"ZWL", false, "ZWL", "Zimbabwean Dollar (2009–2024)"},
};
/* clang-format on */

enum { CURRENCY_COUNT = sizeof CURRENCIES / sizeof *CURRENCIES };

static int compare(const void *code, const void *currency)
{
    return strcmp(code, ((const Currency *)currency)->code);
}

const Currency *currency_find(const char *code)
{
    return bsearch(code, CURRENCIES, CURRENCY_COUNT, sizeof *CURRENCIES, compare);
}

const char *currency_code(Arena *arena, const char *text)
{
    char *code = arena_strdup(arena, text);
    for (char *at = code; *at != '\0'; at++) {
        *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
    }
    return code;
}

const Currency *currency_all(int *count)
{
    *count = CURRENCY_COUNT;
    return CURRENCIES;
}

void currency_write(JsonWriter *json, Arena *arena, const Currency *currency)
{
    json_member_string(json, "code", currency->code);
    json_member_string(json, "name", currency->name);
    json_member_string(json, "symbol", currency->symbol);
    json_member_string(
        json, "description",
        arena_printf(arena, "%s (%s) - %s", currency->code, currency->symbol, currency->name));
}
