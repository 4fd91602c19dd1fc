#include "chain/sha256.hpp"

#include <openssl/sha.h>

namespace chain {

Root sha256(std::string_view bytes) {
    Root root;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), root.bytes.data());
    return root;
}

}  // namespace chain
