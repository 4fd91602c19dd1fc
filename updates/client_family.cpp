#include "updates/client_family.hpp"

#include <algorithm>
#include <charconv>
#include <compare>
#include <system_error>

namespace updates {

namespace {

/// Major and minor number of a release.
struct Release {
    unsigned major = 0;
    unsigned minor = 0;

    friend auto operator<=>(const Release&, const Release&) = default;
};

/// One family's releases from `since` on, until its next row.
struct FamilyRow {
    std::string_view name;
    ClientHabits habits;
    Release since{};
};

using std::chrono::seconds;
constexpr KeepAlive kNone{};
constexpr KeepAlive kEverySlot{KeepAlive::Every::kSlot, seconds{0}};
constexpr KeepAlive every(seconds period) {
    return KeepAlive{KeepAlive::Every::kPeriod, period};
}

/// The one place where clients differ. `name` is how the version string begins, in lower case; rows
/// of one family stand from its oldest release to its newest.
///
/// Lodestar's keep-alives and early headers came with a change that was still open when 1.48 was
/// released (ChainSafe/lodestar 10133). Believing in them too late only means counting slots.
constexpr std::array kRows{
    FamilyRow{"lighthouse",
              {ClientFamily::kLighthouse, every(seconds{15}), UnknownTopic::kStatus, true}},
    FamilyRow{"teku", {ClientFamily::kTeku, every(seconds{30}), UnknownTopic::kEmptyStream, true}},
    FamilyRow{"prysm", {ClientFamily::kPrysm, kEverySlot, UnknownTopic::kStatus, true}},
    FamilyRow{"nimbus", {ClientFamily::kNimbus, kNone, UnknownTopic::kStatus, true}},
    FamilyRow{"lodestar", {ClientFamily::kLodestar, kNone, UnknownTopic::kSilence, false}},
    FamilyRow{"lodestar", {ClientFamily::kLodestar, kNone, UnknownTopic::kStatus, false}, {1, 6}},
    FamilyRow{"lodestar",
              {ClientFamily::kLodestar, every(seconds{15}), UnknownTopic::kStatus, true},
              {1, 50}},
    FamilyRow{"grandine",
              {ClientFamily::kGrandine, every(seconds{15}), UnknownTopic::kStatus, true}},
    FamilyRow{"caplin", {ClientFamily::kCaplin, kEverySlot, UnknownTopic::kStatus, false}},
    FamilyRow{"erigon", {ClientFamily::kCaplin, kEverySlot, UnknownTopic::kStatus, false}},
};

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether `version` begins with the whole word `name`, in either case.
bool names(std::string_view version, std::string_view name) {
    if (version.size() < name.size()) {
        return false;
    }
    const auto same = [](char a, char b) { return a == to_lower(b); };
    if (!std::equal(name.begin(), name.end(), version.begin(), same)) {
        return false;
    }
    if (version.size() == name.size()) {
        return true;
    }
    const char next = to_lower(version[name.size()]);
    return next < 'a' || next > 'z';
}

/// The numbers behind the name: "Lodestar/v1.5.1/2115aa7". Zero where there are none, so that an
/// unreadable version counts as the oldest.
Release release_of(std::string_view version, std::string_view name) {
    Release release;
    const std::size_t first = version.find_first_of("0123456789", name.size());
    if (first == std::string_view::npos) {
        return release;
    }
    const char* const end = version.data() + version.size();
    const auto [dot, error] = std::from_chars(version.data() + first, end, release.major);
    if (error != std::errc{} || dot == end || *dot != '.') {
        return Release{};
    }
    if (std::from_chars(dot + 1, end, release.minor).ec != std::errc{}) {
        return Release{};
    }
    return release;
}

}  // namespace

std::string_view to_string(ClientFamily family) {
    const auto* const row = std::find_if(kRows.begin(), kRows.end(), [family](const FamilyRow& r) {
        return r.habits.family == family;
    });
    return row == kRows.end() ? "unknown" : row->name;
}

std::string_view short_version(std::string_view version) {
    constexpr std::size_t kBytesMax = 30;
    const auto name_end = version.find('/');
    const auto end =
        name_end == std::string_view::npos ? name_end : version.find('/', name_end + 1);
    return version.substr(0, std::min(end, kBytesMax));
}

std::optional<ClientHabits> find_client_habits(std::string_view version) {
    std::optional<ClientHabits> found;
    for (const FamilyRow& row : kRows) {
        if (names(version, row.name) && release_of(version, row.name) >= row.since) {
            found = row.habits;
        }
    }
    return found;
}

std::optional<ClientFamily> find_client_family(std::string_view version) {
    const auto habits = find_client_habits(version);
    if (!habits) {
        return std::nullopt;
    }
    return habits->family;
}

std::optional<base::Duration> keep_alive_period(const KeepAlive& keep_alive,
                                                base::Duration slot_duration) {
    switch (keep_alive.every) {
        case KeepAlive::Every::kPeriod:
            return keep_alive.period;
        case KeepAlive::Every::kSlot:
            return slot_duration;
        case KeepAlive::Every::kNever:
            break;
    }
    return std::nullopt;
}

}  // namespace updates
