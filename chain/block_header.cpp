#include "chain/block_header.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace chain {
namespace {

/// A number as a leaf: little-endian, padded with zeros.
Root leaf(std::uint64_t number) {
    Root root;
    for (std::size_t i = 0; i < sizeof(number); ++i) {
        root.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return root;
}

Root hash(const Root& left, const Root& right) {
    std::array<std::uint8_t, 2 * sizeof(Root::bytes)> both{};
    std::copy(left.bytes.begin(), left.bytes.end(), both.begin());
    std::copy(right.bytes.begin(), right.bytes.end(), both.begin() + sizeof(left.bytes));
    Root root;
    SHA256(both.data(), both.size(), root.bytes.data());
    return root;
}

}  // namespace

Root hash_tree_root(const BlockHeader& header) {
    // Five members make eight leaves, of which the last three are zero.
    const Root numbers = hash(leaf(header.slot.value), leaf(header.proposer_index));
    const Root roots = hash(header.parent_root, header.state_root);
    const Root body = hash(header.body_root, Root{});
    const Root nothing = hash(Root{}, Root{});
    return hash(hash(numbers, roots), hash(body, nothing));
}

}  // namespace chain
