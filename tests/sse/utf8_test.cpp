#include "sse/utf8.hpp"

#include <array>
#include <random>

#include <catch2/catch.hpp>

namespace {

using namespace std::literals;

/// Decoded, with a '?' for each U+FFFD.
std::string decoded(std::string_view bytes) {
    std::string text;
    sse::append_well_formed(text, bytes);
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    std::string marked;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, kReplacement.size(), kReplacement) == 0) {
            marked += '?';
            i += kReplacement.size() - 1;
        } else {
            marked += text[i];
        }
    }
    return marked;
}

/// The decoder of the Encoding standard, step by step, one byte at a time, to code points.
std::u32string decode_slowly(std::string_view bytes) {
    std::u32string points;
    char32_t point = 0;
    unsigned needed = 0;
    unsigned seen = 0;
    unsigned lower = 0x80;
    unsigned upper = 0xBF;
    std::size_t i = 0;
    while (i < bytes.size()) {
        const auto byte = static_cast<unsigned char>(bytes[i++]);
        if (needed == 0) {
            if (byte <= 0x7F) {
                points += byte;
            } else if (byte >= 0xC2 && byte <= 0xDF) {
                needed = 1;
                point = byte & 0x1FU;
            } else if (byte >= 0xE0 && byte <= 0xEF) {
                lower = byte == 0xE0 ? 0xA0 : lower;
                upper = byte == 0xED ? 0x9F : upper;
                needed = 2;
                point = byte & 0xFU;
            } else if (byte >= 0xF0 && byte <= 0xF4) {
                lower = byte == 0xF0 ? 0x90 : lower;
                upper = byte == 0xF4 ? 0x8F : upper;
                needed = 3;
                point = byte & 0x7U;
            } else {
                points += U'\uFFFD';
            }
            continue;
        }
        if (byte < lower || byte > upper) {
            point = 0;
            needed = 0;
            seen = 0;
            lower = 0x80;
            upper = 0xBF;
            --i;
            points += U'\uFFFD';
            continue;
        }
        lower = 0x80;
        upper = 0xBF;
        point = (point << 6U) | (byte & 0x3FU);
        if (++seen == needed) {
            points += point;
            point = 0;
            needed = 0;
            seen = 0;
        }
    }
    if (needed != 0) {
        points += U'\uFFFD';
    }
    return points;
}

void check_against_standard(const std::string& bytes) {
    std::string text;
    sse::append_well_formed(text, bytes);
    const std::u32string wanted = decode_slowly(bytes);
    // Well-formed text decodes to itself, so reading the result once more loses nothing.
    const bool same = decode_slowly(text) == wanted;
    REQUIRE(same);
    std::string again;
    sse::append_well_formed(again, text);
    REQUIRE(again == text);
}

}  // namespace

TEST_CASE("well-formed text stays as it is", "[sse]") {
    for (const auto& text : {""s, "ascii"s, "\0"s, "é"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s,
                             "\xED\x9F\xBF"s, "\xEE\x80\x80"s, "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s,
                             "\xF4\x8F\xBF\xBF"s, "日本語 🦀"s, "\xEF\xBB\xBFmark"s}) {
        std::string out;
        sse::append_well_formed(out, text);
        CHECK(out == text);
    }
}

TEST_CASE("the Unicode standard's examples give its number of replacements", "[sse]") {
    // Unicode 15, section 3.9, tables 3-8 to 3-11.
    CHECK(decoded("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") == "????????A");
    CHECK(decoded("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") == "????????A");
    CHECK(decoded("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") == "?????A??B");
    CHECK(decoded("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == "????A");
    CHECK(decoded("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") == "a???b?c??d");
}

TEST_CASE("a sequence that the end of the text cuts off gives one replacement", "[sse]") {
    CHECK(decoded("a\xC3") == "a?");
    CHECK(decoded("a\xE2\x82") == "a?");
    CHECK(decoded("a\xF0\x9F\xA6") == "a?");
    CHECK(decoded("\xF0\x9F\xA6\n") == "?\n");
}

TEST_CASE("text is appended to what is there", "[sse]") {
    std::string out = "x";
    sse::append_well_formed(out, "y\xFFz");
    CHECK(out == "xy\xEF\xBF\xBDz");
}

TEST_CASE("every text of one, two and three bytes decodes as the Encoding standard says", "[sse]") {
    constexpr std::array kEdges{0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
                                0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFE, 0xFF};
    for (int a = 0; a < 256; ++a) {
        check_against_standard({static_cast<char>(a)});
        for (int b = 0; b < 256; ++b) {
            check_against_standard({static_cast<char>(a), static_cast<char>(b)});
        }
    }
    for (const int a : kEdges) {
        for (const int b : kEdges) {
            for (const int c : kEdges) {
                check_against_standard(
                    {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)});
            }
        }
    }
}

TEST_CASE("random bytes decode as the Encoding standard says", "[sse]") {
    std::mt19937 random{7};
    for (int round = 0; round < 5000; ++round) {
        std::string bytes(random() % 12, '\0');
        for (char& byte : bytes) {
            // Mostly bytes of long sequences, so that some are whole.
            byte = static_cast<char>(random() % 4 == 0 ? random() : 0x80U | random());
        }
        check_against_standard(bytes);
    }
}
