#pragma once

namespace cli {

// What `--help` shows besides the lists of options.

extern const char* const kDescription;
extern const char* const kFooter;
extern const char* const kRunFooter;
extern const char* const kWatchFooter;
extern const char* const kCheckFooter;
extern const char* const kDoctorFooter;
extern const char* const kEventsFooter;
extern const char* const kSimulateFooter;
extern const char* const kDemoFooter;
extern const char* const kReportFooter;
extern const char* const kHistoryFooter;
extern const char* const kCandidatesFooter;
extern const char* const kHaproxyFooter;
extern const char* const kConfigFooter;
extern const char* const kHealthcheckFooter;
extern const char* const kRecordFooter;
extern const char* const kReplayFooter;
extern const char* const kRecordingFooter;
extern const char* const kFleetFooter;

}  // namespace cli
