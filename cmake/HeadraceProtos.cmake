# The Spark Connect messages, from the newest published package that has them in a small download,
# and google.rpc's status messages. Compiled into the static library headrace_protos; include them
# as "spark/connect/base.pb.h", "spark/connect/base.grpc.pb.h", "google/rpc/status.pb.h". The package
# also has the messages about state, headrace_state_protos.

set(HEADRACE_SPARK_CONNECT_VERSION 4.2.0)
set(HEADRACE_SPARK_CONNECT_SHA256 4008fe5e537bf0e57e7243d03abfaac089b7c87316bd07024784d8ea726f5d41)
set(HEADRACE_GOOGLE_PROTOS_VERSION 1.76.0)
set(HEADRACE_GOOGLE_PROTOS_SHA256 59e13344a9f3651aa201a03e2bee815a3bf43a4baf1f9ff8a9b62a840ce25fac)

find_program(HEADRACE_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

set(_spark_connect_name spark-connect-${HEADRACE_SPARK_CONNECT_VERSION})
headrace_begin_dependency(${_spark_connect_name} _scratch)
if(_scratch)
  headrace_download(${_scratch}/package pyspark-client==${HEADRACE_SPARK_CONNECT_VERSION}
    ${HEADRACE_SPARK_CONNECT_SHA256} --no-binary=:all:)
  file(GLOB _package ${_scratch}/package/*.tar.gz)
  file(ARCHIVE_EXTRACT INPUT ${_package} DESTINATION ${_scratch}/package PATTERNS "*_pb2.py")
  execute_process(
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/extract_descriptors.py
            ${_scratch}/package ${_scratch}/spark.descriptors
    COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE_RECURSE ${_scratch}/package)
endif()
headrace_end_dependency(${_spark_connect_name})
set(_spark_descriptors ${HEADRACE_DEPS_DIR}/${_spark_connect_name}/spark.descriptors)

set(_google_protos_name google-protos-${HEADRACE_GOOGLE_PROTOS_VERSION})
headrace_begin_dependency(${_google_protos_name} _scratch)
if(_scratch)
  headrace_download(${_scratch}/package
    googleapis-common-protos==${HEADRACE_GOOGLE_PROTOS_VERSION} ${HEADRACE_GOOGLE_PROTOS_SHA256}
    --only-binary=:all:)
  file(GLOB _package ${_scratch}/package/*.whl)
  file(ARCHIVE_EXTRACT INPUT ${_package} DESTINATION ${_scratch} PATTERNS "google/rpc/*.proto")
  file(REMOVE_RECURSE ${_scratch}/package)
endif()
headrace_end_dependency(${_google_protos_name})
set(_google_protos ${HEADRACE_DEPS_DIR}/${_google_protos_name})

set(_generated ${CMAKE_BINARY_DIR}/protos)
file(MAKE_DIRECTORY ${_generated})

set(_spark_files)
set(_outputs)
foreach(_name base catalog commands common expressions ml ml_common pipelines relations types)
  list(APPEND _spark_files spark/connect/${_name}.proto)
  list(APPEND _outputs ${_generated}/spark/connect/${_name}.pb.cc)
endforeach()
list(APPEND _outputs ${_generated}/spark/connect/base.grpc.pb.cc)
add_custom_command(
  OUTPUT ${_outputs}
  # The package's descriptors name google.protobuf's own files without containing them.
  COMMAND protobuf::protoc --proto_path=${Protobuf_INCLUDE_DIRS} --include_imports
          --descriptor_set_out=${_generated}/google.descriptors
          google/protobuf/any.proto google/protobuf/timestamp.proto
  COMMAND protobuf::protoc
          --descriptor_set_in=${_generated}/google.descriptors:${_spark_descriptors}
          --cpp_out=${_generated} ${_spark_files}
  COMMAND protobuf::protoc
          --descriptor_set_in=${_generated}/google.descriptors:${_spark_descriptors}
          --grpc_out=${_generated} --plugin=protoc-gen-grpc=${HEADRACE_GRPC_CPP_PLUGIN}
          spark/connect/base.proto
  DEPENDS ${_spark_descriptors}
  COMMENT "Generating the Spark Connect messages"
  VERBATIM)

set(_google_outputs)
foreach(_name code status error_details)
  list(APPEND _google_outputs ${_generated}/google/rpc/${_name}.pb.cc)
endforeach()
add_custom_command(
  OUTPUT ${_google_outputs}
  COMMAND protobuf::protoc --proto_path=${_google_protos} --proto_path=${Protobuf_INCLUDE_DIRS}
          --cpp_out=${_generated}
          google/rpc/code.proto google/rpc/status.proto google/rpc/error_details.proto
  COMMENT "Generating google.rpc's messages"
  VERBATIM)

# What Python workers say to the state of transformWithState.
set(_state_message org/apache/spark/sql/execution/streaming/StateMessage)
add_custom_command(
  OUTPUT ${_generated}/${_state_message}.pb.cc
  COMMAND protobuf::protoc --descriptor_set_in=${_spark_descriptors} --cpp_out=${_generated}
          ${_state_message}.proto
  DEPENDS ${_spark_descriptors}
  COMMENT "Generating the messages of Python workers about state"
  VERBATIM)
add_library(headrace_state_protos STATIC ${_generated}/${_state_message}.pb.cc)
target_include_directories(headrace_state_protos SYSTEM PUBLIC $<BUILD_INTERFACE:${_generated}>)
target_link_libraries(headrace_state_protos PUBLIC protobuf::libprotobuf)
target_compile_options(headrace_state_protos PRIVATE -O1 -g0 -w)
headrace_install_library(headrace_state_protos)

add_library(headrace_protos STATIC ${_outputs} ${_google_outputs})
target_include_directories(headrace_protos SYSTEM PUBLIC $<BUILD_INTERFACE:${_generated}>)
target_link_libraries(headrace_protos PUBLIC protobuf::libprotobuf gRPC::grpc++)
# 127 000 generated lines: optimising them more costs minutes and gains nothing that shows.
target_compile_options(headrace_protos PRIVATE -O1 -g0 -w)
headrace_install_library(headrace_protos)
